import { FileSocketError } from "../errors.ts";
import type { ReplyHeader } from "../protocol/reply-header.ts";
import type { ClientFramesOptions, ClientReply } from "../types.ts";

/**
 * Returns the facts of a picture from the header of its reply.
 *
 * @throws {FileSocketError} `FSOCK_BAD_REPLY` if it has no picture, or one of another size.
 */
export function pictureOf(header: ReplyHeader, options: ClientFramesOptions): Omit<ClientReply, "data"> {
  const { width, height, frames, delayMs = 0 } = header;
  if (width === undefined || height === undefined) throw badReply("expected a picture, got none");
  if (width !== (options.width ?? width) || height !== (options.height ?? height)) {
    const expected = `${options.width ?? "?"} × ${options.height ?? "?"}`;
    throw badReply(`expected ${expected} pixels, got ${width} × ${height}`);
  }
  return {
    width,
    height,
    ...(frames !== undefined && { animation: { frames, delayMs } }),
    backend: header.backend ?? "",
    adapter: header.adapter ?? "",
    queuedMs: header.queuedMs ?? 0,
    renderMs: header.renderMs ?? 0,
  };
}

export function badReply(message: string): FileSocketError {
  return new FileSocketError("FSOCK_BAD_REPLY", message);
}

/** Returns a view of a part of the payload. */
export function clamped(
  { buffer, byteOffset }: Uint8Array,
  offset: number,
  bytes: number,
): Uint8ClampedArray {
  return new Uint8ClampedArray(buffer, byteOffset + offset, bytes);
}
