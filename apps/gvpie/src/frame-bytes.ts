/** Returns a frame's pixels as bytes of the same memory. */
export function frameBytes({ data }: { readonly data: Uint8ClampedArray }): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
