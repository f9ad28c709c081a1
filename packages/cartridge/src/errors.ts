/** The code of a {@link CartridgeError}: stable across releases, safe to branch on. */
export type CartridgeErrorCode =
  | "CARTRIDGE_NOT_PNG"
  | "CARTRIDGE_TRUNCATED"
  | "CARTRIDGE_BAD_CRC"
  | "CARTRIDGE_BAD_HEADER"
  | "CARTRIDGE_BAD_CHUNK"
  | "CARTRIDGE_TRAILING_BYTES"
  | "CARTRIDGE_BAD_PIXELS"
  | "CARTRIDGE_LIMIT"
  | "CARTRIDGE_NO_METADATA"
  | "CARTRIDGE_BAD_METADATA"
  | "CARTRIDGE_UNSUPPORTED"
  | "CARTRIDGE_CHECKSUM_MISMATCH"
  | "CARTRIDGE_VERIFIER_LIMIT"
  | "CARTRIDGE_RENDER_FAILED"
  | "CARTRIDGE_PLATFORM";

/**
 * An error in a file: it is not a valid PNG, or not a valid cartridge. The codes CARTRIDGE_VERIFIER_LIMIT,
 * CARTRIDGE_RENDER_FAILED and CARTRIDGE_PLATFORM say nothing about the file: the verifier could not decide.
 */
export class CartridgeError extends Error {
  override readonly name = "CartridgeError";
  readonly code: CartridgeErrorCode;

  constructor(code: CartridgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
