import type { Duplex } from "node:stream";
import { deserialize, serialize } from "node:v8";

import type { Diagnostic, Program } from "@gvpie/pxl-parser";
import type { RasterErrorCode, RasterizerInfo, RasterWarning, RenderOptions } from "@gvpie/raster";

/** One frame to render. */
export interface RenderRequest {
  readonly id: number;
  readonly program: string | Program;
  /** Without what cannot travel. */
  readonly options: Omit<RenderOptions, "into" | "onWarning">;
  /** Whether anybody listens to warnings. */
  readonly wantsWarnings: boolean;
}

/** What the process says of itself once, when it is ready or cannot be. */
export type Greeting =
  | { readonly type: "ready"; readonly info: RasterizerInfo }
  | { readonly type: "failed"; readonly code: RasterErrorCode; readonly message: string };

/** A frame, whose pixels follow as the payload. */
export interface FrameReply {
  readonly type: "frame";
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly info: RasterizerInfo;
  readonly warnings: readonly (Diagnostic | RasterWarning)[];
}

/** Instead of a frame, whatever the reason. */
export interface Refusal {
  readonly type: "declined";
  readonly id: number;
}

export type RenderReply = FrameReply | Refusal;

const PREFIX_BYTES = 8;

/**
 * Sends a message: the sizes of header and payload as two little-endian 32-bit words, then the header as structured
 * clone data, then the payload.
 *
 * @param onSent called when `payload` is no longer needed.
 */
export function send(
  stream: Duplex,
  header: Greeting | RenderRequest | RenderReply,
  payload: Uint8ClampedArray = new Uint8ClampedArray(0),
  onSent: () => void = () => {},
): void {
  const packed = serialize(header);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(packed.length, 0);
  prefix.writeUInt32LE(payload.length, 4);
  stream.cork();
  stream.write(prefix);
  stream.write(packed);
  stream.write(Buffer.from(payload.buffer, payload.byteOffset, payload.length), onSent);
  stream.uncork();
}

export interface Receiver {
  /** Returns where the payload goes: memory of exactly its size, or nothing to have it dropped. */
  onHeader(header: unknown, payloadBytes: number): Uint8ClampedArray | undefined;
  /** The payload is there. */
  onPayload(header: unknown): void;
}

/** Reads messages that {@link send} wrote. A payload is copied once, from the stream to where it belongs. */
export function receive(stream: Duplex, receiver: Receiver): void {
  let part: "prefix" | "header" | "payload" = "prefix";
  let target: Uint8Array | Uint8ClampedArray = new Uint8Array(PREFIX_BYTES);
  let filled = 0;
  let payloadBytes = 0;
  let header: unknown;

  /** Makes use of a full target and chooses the next. */
  const turn = () => {
    filled = 0;
    if (part === "prefix") {
      const sizes = new DataView(target.buffer);
      payloadBytes = sizes.getUint32(4, true);
      target = new Uint8Array(sizes.getUint32(0, true));
      part = "header";
    } else if (part === "header") {
      header = deserialize(target);
      target = receiver.onHeader(header, payloadBytes) ?? new Uint8Array(payloadBytes);
      part = "payload";
    } else {
      receiver.onPayload(header);
      target = new Uint8Array(PREFIX_BYTES);
      part = "prefix";
    }
  };
  stream.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const piece = chunk.subarray(at, at + target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      // Twice where the payload is empty.
      while (filled === target.length) turn();
    }
  });
}
