/** Stable across releases; safe to branch on. */
export type StoreErrorCode =
  | "STORE_LOCKED"
  | "STORE_READ_ONLY"
  | "STORE_CORRUPT"
  | "STORE_FOREIGN"
  | "STORE_NEWER"
  | "STORE_MISSING"
  | "STORE_MOVED"
  | "STORE_EXISTS"
  | "STORE_FULL"
  | "STORE_IO"
  | "STORE_CLOSED"
  | "STORE_BAD_SCRIPT"
  | "STORE_NAME_TAKEN"
  | "STORE_NO_SCRIPT"
  | "STORE_NO_VERSION"
  | "STORE_NO_REQUEST";

/** An operation that failed and changed nothing. The message names the remedy. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
