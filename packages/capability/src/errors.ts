import type { LimitName } from "./types.ts";

/** Name of a limit in upper case with underscores: `PAINTED_PIXELS`. */
type UpperCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Uppercase<Head> : `_${Head}`}${UpperCase<Tail>}`
  : "";

/** A limit that a use can exceed. The others have codes of their own, such as `CAP_EXPIRED`. */
export type UseLimitName = Exclude<LimitName, "notBefore" | "expires" | "audience" | "purpose">;

/** Code of a use that exceeds a limit: `CAP_LIMIT_PAINTED_PIXELS`. */
export type LimitErrorCode = `CAP_LIMIT_${UpperCase<UseLimitName>}`;

/** Stable across releases; safe to branch on. The README documents each code. */
export type CapabilityErrorCode =
  | "CAP_TOO_LONG"
  | "CAP_MALFORMED"
  | "CAP_TOO_MANY_BLOCKS"
  | "CAP_NOT_CANONICAL"
  | "CAP_BAD_ALGORITHM"
  | "CAP_BAD_KEY"
  | "CAP_UNKNOWN_LIMIT"
  | "CAP_UNKNOWN_CLAIM"
  | "CAP_BAD_LIMIT"
  | "CAP_NO_AUDIENCE"
  | "CAP_REORDERED"
  | "CAP_SPLICED"
  | "CAP_SEALED"
  | "CAP_UNKNOWN_ROOT"
  | "CAP_BAD_SIGNATURE"
  | "CAP_EXPIRED"
  | "CAP_NOT_YET_VALID"
  | "CAP_WRONG_AUDIENCE"
  | "CAP_REVOKED"
  | "CAP_WRONG_KEY"
  | "CAP_NO_ED25519"
  | "CAP_TOO_MANY_IN_USE"
  | LimitErrorCode;

/** The optional parts of a {@link CapabilityError}. */
export interface CapabilityErrorDetails {
  /** Number of the block, from 1. */
  readonly block?: number | undefined;
  readonly limit?: LimitName | undefined;
  /** Milliseconds after which the same use may succeed. */
  readonly retryAfterMs?: number | undefined;
  /** Words that follow the place in the message: what the reader can do. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** Thrown for a capability, a key or a use that is refused. */
export class CapabilityError extends Error {
  override readonly name = "CapabilityError";
  readonly code: CapabilityErrorCode;
  /** Number from 1 of the block that is refused, or whose limit refuses. */
  readonly block: number | undefined;
  /** The limit that is malformed, or that refuses. */
  readonly limit: LimitName | undefined;
  /** Milliseconds after which the same use may succeed, if waiting helps. */
  readonly retryAfterMs: number | undefined;

  /** `expectation` is `expected …, got …`; the place and the advice are added to it. */
  constructor(code: CapabilityErrorCode, expectation: string, details: CapabilityErrorDetails = {}) {
    const { block, limit, retryAfterMs, advice, cause } = details;
    const place = [limit && `limit ${limit}`, block !== undefined && `block ${block}`].filter(Boolean);
    super(
      `${expectation}${place.length > 0 ? ` (${place.join(" of ")})` : ""}${advice === undefined ? "" : `; ${advice}`}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    this.block = block;
    this.limit = limit;
    this.retryAfterMs = retryAfterMs;
  }
}
