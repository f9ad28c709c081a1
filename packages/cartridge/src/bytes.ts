import { describeValue } from "./options.ts";
import { CartridgeError } from "./errors.ts";
import type { PngLimits } from "./types.ts";

/** Bytes in any of the forms that platforms return them in. */
export type BytesLike = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

/** True for an ArrayBuffer or SharedArrayBuffer, also of another realm, such as a test's. */
function isBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return /^\[object (?:Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}

/** True if another thread may change the memory, or its owner may resize it, so that platform functions reject it. */
export function isUnstable(buffer: ArrayBufferLike): boolean {
  const { resizable, growable } = buffer as { readonly resizable?: boolean; readonly growable?: boolean };
  const isShared = Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";
  return isShared || resizable === true || growable === true;
}

/**
 * Returns the bytes of a file: a view of the given memory, or a copy if it is shared or resizable.
 *
 * @throws {TypeError} if it is neither a buffer nor a view of one, or was transferred.
 * @throws {CartridgeError} CARTRIDGE_LIMIT if it is larger than a file may be.
 */
export function bytesOf(file: unknown, limits: PngLimits): Uint8Array<ArrayBuffer> {
  const isView = ArrayBuffer.isView(file);
  if (!isView && !isBuffer(file)) {
    const isBlob =
      Object.prototype.toString.call(file) === "[object Blob]" ||
      Object.prototype.toString.call(file) === "[object File]";
    const remedy = isBlob ? "; pass await blob.arrayBuffer()" : "";
    throw new TypeError(
      `expected the bytes of a PNG as a Uint8Array or ArrayBuffer, got ${describeValue(file)}${remedy}`,
    );
  }
  const buffer = isView ? file.buffer : file;
  if ((buffer as { readonly detached?: boolean }).detached === true) {
    throw new TypeError("expected the bytes of a PNG, got a buffer that was transferred to another owner");
  }
  const { byteLength } = file;
  if (byteLength > limits.fileBytes) {
    throw new CartridgeError(
      "CARTRIDGE_LIMIT",
      `expected at most limits.fileBytes, ${limits.fileBytes}, got a file of ${byteLength} bytes`,
    );
  }
  const bytes = new Uint8Array(buffer, isView ? file.byteOffset : 0, byteLength);
  return (isUnstable(buffer) ? bytes.slice() : bytes) as Uint8Array<ArrayBuffer>;
}

/** Bytes from which on memory is released at once. Smaller memory may be part of a pool. */
const MIN_RELEASED = 1_048_576;

/** Frees memory that is not used any more, without waiting for the garbage collector. Later uses find no bytes. */
export function release({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isWhole = byteOffset === 0 && buffer.byteLength - byteLength <= 1;
  // Platforms from before ES2024 wait for the collector.
  if (isWhole && byteLength >= MIN_RELEASED) (buffer as Partial<ArrayBuffer>).transfer?.(0);
}
