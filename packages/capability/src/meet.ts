import { LIMIT_NAMES, LIMITS } from "./limits.ts";
import type { CapabilityLimits, LimitName } from "./types.ts";

/** The limits of several blocks together. */
export interface Meet {
  readonly limits: CapabilityLimits;
  /** For each present limit, the number from 1 of the block that made it what it is. */
  readonly limitedBy: Readonly<Partial<Record<LimitName, number>>>;
}

type Value = number | string | readonly string[];

/** Returns the limits that the blocks have together: no block can allow what another one does not. */
export function meetLimits(blocks: readonly CapabilityLimits[]): Meet {
  const limits: Partial<Record<LimitName, Value>> = {};
  const limitedBy: Partial<Record<LimitName, number>> = {};
  for (const name of LIMIT_NAMES) {
    const { kind } = LIMITS[name];
    let met: Value | undefined;
    for (const [index, block] of blocks.entries()) {
      const value: Value | undefined = block[name];
      if (value === undefined) continue;
      const next = met === undefined ? value : meet(kind, met, value);
      if (next === met && kind !== "text") continue;
      met = next;
      limitedBy[name] = index + 1;
    }
    if (met !== undefined) limits[name] = met;
  }
  return { limits: Object.freeze(limits) as CapabilityLimits, limitedBy: Object.freeze(limitedBy) };
}

/** Returns `met` itself if `value` changes nothing. */
function meet(kind: (typeof LIMITS)[LimitName]["kind"], met: Value, value: Value): Value {
  if (kind === "text") return value;
  if (typeof met === "object" && typeof value === "object") {
    const rest = met.filter((entry) => value.includes(entry));
    return rest.length === met.length ? met : Object.freeze(rest);
  }
  if (kind === "maximum") return Math.max(Number(met), Number(value));
  return Math.min(Number(met), Number(value));
}
