/** Stable across releases; safe to branch on. */
export type CapabilityFileErrorCode =
  /** The file does not exist. */
  | "CAPFILE_MISSING"
  /** A new file would replace an existing one. */
  | "CAPFILE_EXISTS"
  /** Another user can read, change or replace the file, or it is not a regular file. */
  | "CAPFILE_UNSAFE"
  /** The contents are not what the file should hold. */
  | "CAPFILE_INVALID"
  /** The system refused to read or write the file. */
  | "CAPFILE_STORAGE";

/** A file of keys, capabilities, revocations or audit records that cannot be used. */
export class CapabilityFileError extends Error {
  override readonly name = "CapabilityFileError";
  readonly code: CapabilityFileErrorCode;
  /** Absolute path of the file. */
  readonly path: string;

  constructor(code: CapabilityFileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(`${message} (${path})`, options);
    this.code = code;
    this.path = path;
  }
}
