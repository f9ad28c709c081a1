/** The same memory, as functions that take bytes want it. */
export function frameBytes({ data }: { readonly data: Uint8ClampedArray }): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
