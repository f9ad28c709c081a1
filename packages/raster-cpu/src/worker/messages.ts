import { type Diagnostic, PxlError, type Span } from "@gvpie/pxl-parser";
import {
  type FrameAnimation,
  type PortableRequest,
  RasterError,
  type RasterErrorCode,
  type RasterWarning,
} from "@gvpie/raster";

/** One render, as sent to a thread. */
export interface RenderRequest extends PortableRequest {
  /** True if the caller has a listener for warnings. */
  readonly wantsWarnings: boolean;
  /** Buffer of an earlier frame of this size, for reuse; transferred. */
  readonly spare: ArrayBuffer | undefined;
  /** Some frames of an animation in place of one picture. */
  readonly batch: FrameBatch | undefined;
}

/** The next frames of an animation: as many as {@link RenderReply} may hold, at least one. */
export interface FrameBatch {
  /** Equal for all batches of one animation, so that a thread that has prepared it does not do so again. */
  readonly sequence: number;
  /** Number of the first frame. */
  readonly from: number;
}

/** The reply. The buffers of its frames are transferred. */
export type RenderReply =
  | {
      readonly width: number;
      readonly height: number;
      readonly animation: FrameAnimation | undefined;
      /** One picture, or the frames of a batch in order; at most 64, and at most 1,048,576 pixels if more than one. */
      readonly frames: readonly [ArrayBuffer, ...ArrayBuffer[]];
      readonly warnings: readonly (Diagnostic | RasterWarning)[];
    }
  | { readonly error: WireError };

/** An error as data, because structured cloning loses the classes and fields of errors. */
export type WireError =
  | { readonly type: "PxlError"; readonly diagnostics: readonly [Diagnostic, ...Diagnostic[]] }
  | {
      readonly type: "RasterError";
      readonly code: RasterErrorCode;
      readonly reason: string;
      readonly span: Span | undefined;
      readonly cause: WireError | undefined;
    }
  | { readonly type: "other"; readonly error: unknown };

export function toWire(error: unknown): WireError {
  if (error instanceof PxlError) {
    return { type: "PxlError", diagnostics: error.diagnostics as readonly [Diagnostic, ...Diagnostic[]] };
  }
  if (error instanceof RasterError) {
    const { code, reason } = error;
    const cause = error.cause === undefined ? undefined : toWire(error.cause);
    return { type: "RasterError", code, reason, span: spanOf(error), cause };
  }
  return { type: "other", error };
}

export function fromWire(wire: WireError): unknown {
  if (wire.type === "PxlError") return new PxlError(wire.diagnostics);
  if (wire.type === "RasterError") {
    const { code, reason, span, cause } = wire;
    return new RasterError(code, reason, { span, ...(cause && { cause: fromWire(cause) }) });
  }
  return wire.error;
}

function spanOf({ line, column, length }: RasterError): Span | undefined {
  if (line === undefined || column === undefined || length === undefined) return undefined;
  return { line, column, length };
}
