let crcTable: Uint32Array | undefined;

/** Builds the table of the reflected polynomial 0xedb88320, one entry per byte value (PNG 3rd ed. annex D). */
function buildCrcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
}

/** Returns the CRC-32 of PNG (ISO 3309) of the bytes from `start` to `end`, exclusive; unsigned. */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  const table = (crcTable ??= buildCrcTable());
  let c = -1;
  for (let i = start; i < end; i++) c = (c >>> 8) ^ (table[(c ^ (bytes[i] as number)) & 255] as number);
  return ~c >>> 0;
}
