import {
  LIMIT_NAMES,
  LIMITS,
  type Capability,
  type CapabilityLimits,
  type LimitName,
} from "@gvpie/capability";
import { formatTime, describeTime } from "./time.ts";

/** Digits of a program's hash that are shown to people. */
const SHOWN_DIGITS = 12;

/** The validity of a capability at one time, by its limits alone. */
export type Validity = "valid" | "not yet valid" | "expired" | "never valid";

/** Compares the time limits with `now`, in seconds since 1970. */
export function validityOf({ notBefore = 0, expires = Infinity }: CapabilityLimits, now: number): Validity {
  if (notBefore >= expires) return "never valid";
  if (now >= expires) return "expired";
  return now < notBefore ? "not yet valid" : "valid";
}

/** Describes the validity of a capability in words: from when, until when, and the blocks that set it. */
export function describeValidity({ limits, limitedBy }: Capability, now: number): string {
  const { notBefore, expires } = limits;
  const until =
    expires === undefined
      ? "without end"
      : `until ${describeTime(expires, now)} (block ${limitedBy.expires ?? 1})`;
  const from =
    notBefore === undefined ? "" : `${describeTime(notBefore, now)} (block ${limitedBy.notBefore ?? 1})`;
  switch (validityOf(limits, now)) {
    case "valid":
      return notBefore === undefined ? until : `since ${from}; ${until}`;
    case "not yet valid":
      return `NOT YET VALID: valid from ${from}; ${until}`;
    case "expired":
      return `EXPIRED: it was valid ${until}`;
    default:
      return `NEVER VALID: it begins ${from}, and ends before: ${until}`;
  }
}

/** The limits that have rows of their own in the description of a capability. */
const ELSEWHERE: ReadonlySet<LimitName> = new Set(["notBefore", "expires", "audience", "purpose"]);

/** Names of the limits that describe a request, and are present or absent. */
export function requestLimits(limits: CapabilityLimits, present: boolean): LimitName[] {
  return LIMIT_NAMES.filter((name) => !ELSEWHERE.has(name) && (limits[name] !== undefined) === present);
}

/** Describes the value of one limit. */
export function describeLimit(name: LimitName, limits: CapabilityLimits): string {
  const limit = LIMITS[name];
  const value = limits[name];
  if (value === undefined) return "not limited";
  if (typeof value === "object") {
    if (value.length === 0) return `no ${limit.kind === "intersection" ? limit.unit : "entry"}`;
    if (name === "programs") return `only ${value.map((hash) => hash.slice(0, SHOWN_DIGITS)).join(", ")}`;
    return `only ${value.join(", ")}`;
  }
  if (typeof value === "string" || !("unit" in limit)) return `"${value}"`;
  if (name === "expires") return `until ${formatTime(value)}`;
  if (name === "notBefore") return `from ${formatTime(value)}`;
  return `at most ${quantity(value, limit)}`;
}

/** Returns the documentation of a limit as a part of a sentence. */
export function phraseOf(doc: string): string {
  return doc.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase()).replace(/\.$/, "");
}

/** Returns a number with its unit: `1 painted pixel`, `2 requests that wait or run at the same time`. */
function quantity(value: number, { unit, doc }: { readonly unit: string; readonly doc: string }): string {
  const shown = value.toLocaleString("en-US", { maximumFractionDigits: 20 });
  if (value === 1) return `${shown} ${unit.replace(/s\b/, "")}`;
  const [phrase = ""] = phraseOf(doc).split(". ");
  return `${shown} ${phrase.startsWith(unit) ? phrase : unit}`;
}
