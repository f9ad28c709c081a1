/** The connection of a worker to the thread that started it. */
export interface WorkerPort {
  readonly post: (message: unknown, transfer: readonly ArrayBuffer[]) => void;
  readonly listen: (listener: (message: unknown) => void) => void;
}

/** Operations that Node and browsers provide differently. `#platform` in package.json selects the implementation. */
export interface Platform {
  /** Returns the CRC-32 of PNG (ISO 3309) of the bytes from `start` to `end`, exclusive; unsigned. */
  readonly crc32: (bytes: Uint8Array, start: number, end: number) => number;
  /** Returns the SHA-256 in lower-case hex. */
  readonly sha256: (data: Uint8Array | Uint8ClampedArray) => string | Promise<string>;
  /** Returns a zlib stream (RFC 1950), compressed for speed. */
  readonly deflate: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>;
  /**
   * Returns the content of a zlib stream that must end where `data` ends. Allocates `maxBytes` bytes and a
   * constant.
   *
   * @throws {RangeError} if the content is longer than `maxBytes`.
   * @throws {Error} if the stream is damaged, or bytes follow it.
   */
  readonly inflate: (data: Uint8Array, maxBytes: number) => Uint8Array | Promise<Uint8Array>;
  /** Does what `inflate` does, without a promise. */
  readonly inflateSync: (data: Uint8Array, maxBytes: number) => Uint8Array;
  /** Returns the connection of this worker to the thread that started it. Throws an Error outside a worker. */
  readonly workerPort: () => WorkerPort;
  /** Returns the time of a cartridge whose caller names none. */
  readonly now: () => Date;
}
