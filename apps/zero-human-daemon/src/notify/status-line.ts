import type { Condition } from "@gvpie/daemon/store";

/** Returns the line for `systemctl status`: the problems that last, errors first. */
export function statusLine(conditions: readonly Condition[]): string {
  const [first, ...others] = conditions.toSorted((a, b) => rank(a) - rank(b));
  if (first === undefined) return "running scripts";
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  return `${first.level}: ${first.message}${more}`;
}

function rank({ level }: Condition): number {
  return level === "error" ? 0 : 1;
}
