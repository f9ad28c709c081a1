import { CartridgeError, type CartridgeErrorCode } from "../errors.ts";
import type { Frame, RenderRequest, Verification, VerifyOptions } from "../types.ts";

/** The options of a verification that are data. */
export type VerifyData = Omit<VerifyOptions, "render" | "signal">;

/** To the worker. A worker has one verification at a time. */
export type ToWorker =
  | {
      readonly type: "verify";
      readonly bytes: Uint8Array;
      readonly options: VerifyData;
      /** True if the caller draws, at a message `render`. */
      readonly callerDraws: boolean;
    }
  | { readonly type: "drawn"; readonly frame: Frame }
  | { readonly type: "not drawn"; readonly error: WireError };

/** From the worker. */
export type FromWorker =
  | { readonly type: "render"; readonly program: string; readonly request: RenderRequest }
  | { readonly type: "verified"; readonly verification: Verification }
  | { readonly type: "failed"; readonly error: WireError };

/** An error as data, because structured cloning loses the class, the code and other fields of an error. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly cause: WireError | undefined;
  /** Its own fields that can be cloned, such as `code`, `line` or `diagnostics`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The most causes of causes that are sent. */
const MAX_CAUSES = 8;

function cloneFields(error: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(error)) {
    if (name === "name" || name === "message" || name === "cause") continue;
    try {
      fields[name] = structuredClone(value);
    } catch {
      // A function or another value that cannot be sent.
    }
  }
  return fields;
}

/** Returns a thrown value as data. */
export function toWire(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: String(thrown), cause: undefined, fields: {} };
  }
  const hasCause = thrown.cause !== undefined && depth < MAX_CAUSES;
  return {
    name: thrown.name,
    message: thrown.message,
    cause: hasCause ? toWire(thrown.cause, depth + 1) : undefined,
    fields: cloneFields(thrown),
  };
}

const CLASSES: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError };

/** Returns the error: of its class for a CartridgeError, TypeError or RangeError, else an Error of that name. */
export function fromWire({ name, message, cause, fields }: WireError): Error {
  const options = cause === undefined ? undefined : { cause: fromWire(cause) };
  const { code } = fields;
  if (name === "CartridgeError") return new CartridgeError(code as CartridgeErrorCode, message, options);
  const error = new (CLASSES[name] ?? Error)(message, options);
  return Object.assign(error, fields, error.name === name ? {} : { name });
}

/** Returns the buffers that hold nothing but a frame: they are transferred, not copied. */
export function transferable(...frames: readonly (Partial<Frame> | undefined)[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const frame of frames) {
    const { buffer, byteLength } = frame?.data ?? {};
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffers.add(buffer);
  }
  return [...buffers];
}
