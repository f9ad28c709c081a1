// Reflected polynomial 0x04C11DB7, initial value and final inversion of all ones: PNG 3rd ed., annex D.
const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xed_b8_83_20 : 0);
  return remainder;
});

/** Returns the CRC-32 of zip and PNG as 8 hexadecimal digits. */
export function crc32(bytes: Uint8Array | Uint8ClampedArray): string {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 255] ?? 0);
  return (~crc >>> 0).toString(16).padStart(8, "0");
}
