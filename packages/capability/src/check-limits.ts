import { CapabilityError } from "./errors.ts";
import { LIMIT_NAMES, LIMITS, type Limit } from "./limits.ts";
import { shown } from "./shown.ts";
import type { CapabilityLimits, LimitName } from "./types.ts";

// Line and paragraph separators, control characters, and the ones that change the direction of a line: a purpose is shown to people.
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * Checks the form of limits from outside and returns a frozen copy of them. A limit whose value is `undefined` is absent.
 *
 * @throws {CapabilityError} `CAP_UNKNOWN_LIMIT`, `CAP_BAD_LIMIT`
 */
export function checkLimits(value: unknown, block?: number): CapabilityLimits {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CapabilityError("CAP_MALFORMED", `expected "limits" to be an object, got ${shown(value)}`, {
      block,
    });
  }
  const limits: Partial<Record<LimitName, unknown>> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!isLimitName(name)) {
      throw new CapabilityError(
        "CAP_UNKNOWN_LIMIT",
        `expected only the limits ${LIMIT_NAMES.join(", ")}, got ${shown(name)}`,
        { block },
      );
    }
    if (given === undefined) continue;
    const expected = violation(LIMITS[name], given);
    if (expected !== undefined) {
      throw new CapabilityError("CAP_BAD_LIMIT", `expected ${expected[0]}, got ${expected[1]}`, {
        block,
        limit: name,
      });
    }
    limits[name] = Array.isArray(given) ? Object.freeze([...given]) : given;
  }
  return Object.freeze(limits) as CapabilityLimits;
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(LIMITS, name);
}

/** Returns the expected and the actual value if a value does not have the form of its limit. */
function violation(limit: Limit, value: unknown): readonly [string, string] | undefined {
  if (limit.kind === "text") {
    if (typeof value !== "string") return ["a text", shown(value)];
    if (value.length > 2 * limit.greatest || Array.from(value).length > limit.greatest) {
      return [`at most ${limit.greatest} characters`, `${value.length} UTF-16 code units`];
    }
    if (!value.isWellFormed() || UNPRINTABLE.test(value)) {
      return ["a text on one line, without control characters and lone surrogates", shown(value)];
    }
    return undefined;
  }
  if (limit.kind === "intersection") {
    if (!Array.isArray(value)) return ["a list", shown(value)];
    if (value.length < limit.least || value.length > limit.greatest) {
      return [`a list of ${limit.least} to ${limit.greatest} ${limit.unit}`, `${value.length}`];
    }
    const seen = new Set<unknown>();
    for (const entry of value as readonly unknown[]) {
      if (typeof entry !== "string" || !limit.pattern.test(entry)) return [limit.entry, shown(entry)];
      if (seen.has(entry)) return [`every one of the ${limit.unit} once`, `${shown(entry)} twice`];
      seen.add(entry);
    }
    return undefined;
  }
  const isNumber = limit.integer ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (isNumber && Number(value) >= limit.least && Number(value) <= limit.greatest) return undefined;
  return [
    `${limit.integer ? "an integer" : "a number"} from ${limit.least} to ${limit.greatest}`,
    shown(value),
  ];
}
