/** What Node and browsers do each in their own way. `#platform` in package.json picks the one that fits. */
export interface Platform {
  /** CRC-32 as PNG uses it (ISO 3309), unsigned. */
  readonly crc32: (data: Uint8Array) => number;
  /** SHA-256 in lower-case hex. */
  readonly sha256: (data: Uint8Array | Uint8ClampedArray) => string | Promise<string>;
  /** A zlib stream (RFC 1950), compressed for speed. */
  readonly deflate: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /**
   * The content of a zlib stream that must inflate to exactly `size` bytes and end with `data`. Never holds more than
   * `size` bytes of output and a constant.
   *
   * @throws {CartridgeError} CARTRIDGE_BAD_PIXELS otherwise.
   */
  readonly inflate: (data: Uint8Array, size: number) => Uint8Array | Promise<Uint8Array>;
  /** The time of a cartridge that is not told one. */
  readonly now: () => Date;
}
