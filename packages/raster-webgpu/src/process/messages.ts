import type { Duplex } from "node:stream";
import { deserialize, serialize } from "node:v8";

import type { Diagnostic } from "@gvpie/pxl-parser";
import type {
  FrameAnimation,
  PortableRequest,
  RasterErrorCode,
  RasterizerInfo,
  RasterWarning,
} from "@gvpie/raster";

/** One frame to render. */
export interface RenderRequest {
  readonly id: number;
  readonly request: PortableRequest;
  /** True if the caller has set `onWarning`. */
  readonly wantsWarnings: boolean;
}

/** The first message of the GPU process: it is ready, or it could not start. */
export type Handshake =
  | { readonly type: "ready"; readonly info: RasterizerInfo }
  | { readonly type: "failed"; readonly code: RasterErrorCode; readonly message: string };

/** A frame; its pixels are the payload. */
export interface FrameReply {
  readonly type: "frame";
  readonly id: number;
  readonly width: number;
  readonly height: number;
  readonly animation: FrameAnimation | undefined;
  readonly info: RasterizerInfo;
  readonly warnings: readonly (Diagnostic | RasterWarning)[];
}

/** Sent in place of a frame that could not be rendered. */
export interface DeclinedReply {
  readonly type: "declined";
  readonly id: number;
}

export type RenderReply = FrameReply | DeclinedReply;

const PREFIX_BYTES = 8;

/**
 * Sends a message: the sizes of header and payload as two little-endian 32-bit words, then the header as structured
 * clone data, then the payload.
 *
 * @param onSent called when `payload` is no longer needed.
 */
export function send(
  stream: Duplex,
  header: Handshake | RenderRequest | RenderReply,
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

/** Callbacks of {@link receive}. */
export interface Receiver {
  /** Returns memory for the payload, of exactly its size, or undefined to drop it. */
  onHeader(header: unknown, payloadBytes: number): Uint8ClampedArray | undefined;
  /** Called once the payload has arrived. */
  onPayload(header: unknown): void;
}

/** Reads messages that {@link send} wrote. A payload is copied once, from the stream into the receiver's memory. */
export function receive(stream: Duplex, receiver: Receiver): void {
  let part: "prefix" | "header" | "payload" = "prefix";
  let target: Uint8Array | Uint8ClampedArray = new Uint8Array(PREFIX_BYTES);
  /** Bytes that the target had at first: the owner of a payload's memory may transfer or resize it. */
  let size = PREFIX_BYTES;
  let filled = 0;
  let payloadBytes = 0;
  let header: unknown;

  /** Handles a full target and chooses the next one. */
  const advance = () => {
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
    size = target.length;
  };
  stream.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      // The rest of a payload without memory is dropped.
      if (target.length !== size) target = new Uint8Array(size);
      const piece = chunk.subarray(at, at + size - filled);
      target.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled === size) advance();
      // An empty payload is complete at once.
      if (size === 0) advance();
    }
  });
}
