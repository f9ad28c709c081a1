import { CapabilityError, type LimitErrorCode, type UseLimitName } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { shown } from "./shown.ts";

/** Most entries of a set that a message lists. */
const LISTED = 4;

/** A use that exceeds a limit. */
export interface ExceededLimit {
  /** The value of the limit: a number, or the entries of a set. */
  readonly allowed: number | readonly string[];
  /** The value of the use: a number, or the entry that the set does not have. */
  readonly got: number | string;
  /** Number of the block whose limit refuses. */
  readonly block: number | undefined;
  /** Milliseconds after which the same use may succeed, if waiting helps. */
  readonly retryAfterMs?: number | undefined;
}

/** Returns the error of a use that exceeds a limit: its code is `CAP_LIMIT_` and the limit's name, as `CAP_LIMIT_PAINTED_PIXELS`. */
export function limitError(limit: UseLimitName, exceeded: ExceededLimit): CapabilityError {
  const { allowed, got, block, retryAfterMs } = exceeded;
  const name = limit.replaceAll(/[A-Z]/g, "_$&").toUpperCase();
  const { unit } = LIMITS[limit];
  const expected = typeof allowed === "number" ? `at most ${allowed} ${unit}` : listed(allowed, unit);
  const advice = retryAfterMs === undefined ? undefined : `try again in ${retryAfterMs} ms`;
  return new CapabilityError(
    `CAP_LIMIT_${name}` as LimitErrorCode,
    `expected ${expected}, got ${typeof got === "number" ? got : shown(got)}`,
    { block, limit, retryAfterMs, advice },
  );
}

function listed(entries: readonly string[], unit: string): string {
  if (entries.length === 0) return `none of the ${unit}`;
  const rest = entries.length - LISTED;
  const first = entries.slice(0, LISTED).map(shown).join(", ");
  return `one of the ${unit} ${first}${rest > 0 ? ` and ${rest} more` : ""}`;
}
