import { LIMIT_NAMES, type Capability, type LimitName } from "@gvpie/capability";
import { describeLimit } from "./explain.ts";
import { flagOf } from "./limit-options.ts";

/** Returns a note for each limit of the last block that changes nothing, or less than its value says. */
export function effectsOfLastBlock(capability: Capability): string[] {
  const { blocks, limits, limitedBy } = capability;
  const last = blocks.at(-1)?.limits ?? {};
  const notes: string[] = [];
  for (const name of LIMIT_NAMES) {
    if (last[name] === undefined || name === "purpose") continue;
    const by = limitedBy[name] ?? blocks.length;
    if (by < blocks.length) {
      notes.push(`--${flagOf(name)} has no effect: block ${by} already says ${describeLimit(name, limits)}`);
    } else {
      notes.push(...lostEntries(name, capability));
    }
    if (Array.isArray(limits[name]) && limits[name].length === 0) {
      notes.push(`the capability allows ${describeLimit(name, limits)}`);
    }
  }
  return notes;
}

/** Entries of a set that an earlier block has removed already. */
function lostEntries(name: LimitName, { blocks, limits }: Capability): string[] {
  const wanted: unknown = blocks.at(-1)?.limits[name];
  const left: unknown = limits[name];
  if (!Array.isArray(wanted) || !Array.isArray(left)) return [];
  return wanted
    .map(String)
    .filter((entry) => !left.includes(entry))
    .map((entry) => `--${flagOf(name)} ${entry} has no effect: an earlier block does not allow it`);
}
