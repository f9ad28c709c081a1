/** Units with their milliseconds, largest first. */
const UNITS = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

/** A unit of {@link parseDuration}. */
export type DurationUnit = (typeof UNITS)[number][0];

const UNIT_MS: ReadonlyMap<string, number> = new Map(UNITS);
const YEAR_MS = 365 * 86_400_000;
const EXAMPLES = ["500ms", "30s", "15m", "1h", "7d", "4w"];

/** Bounds and the unit of a bare number. */
export interface DurationRules {
  /** Smallest value in milliseconds. Default 0. */
  readonly minMs?: number;
  /** Largest value in milliseconds. Default ten years. */
  readonly maxMs?: number;
  /** Unit of a number without one. Default: such a number is refused. */
  readonly bare?: DurationUnit;
}

/**
 * Parses a duration such as `500ms`, `30s`, `1.5h` or `7d`: a decimal number and its unit, without a space.
 *
 * @returns whole milliseconds.
 * @throws {RangeError} with a message of the form `expected …, got …`.
 */
export function parseDuration(text: string, rules: DurationRules = {}): number {
  const { minMs = 0, maxMs = 10 * YEAR_MS, bare } = rules;
  const [, digits, unit = bare] = /^(\d{1,15}(?:\.\d{1,9})?)(ms|[smhdw])?$/.exec(text) ?? [];
  const size = UNIT_MS.get(unit ?? "");
  const value = digits === undefined || size === undefined ? Number.NaN : Math.round(Number(digits) * size);
  if (!(value >= minMs && value <= maxMs)) {
    const range = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
    throw new RangeError(`expected ${range}, such as ${examples(minMs, maxMs)}, got "${text}"`);
  }
  return value;
}

function examples(minMs: number, maxMs: number): string {
  const fitting = EXAMPLES.filter((text) => {
    const value = parseDuration(text);
    return value >= minMs && value <= maxMs;
  });
  if (fitting.length < 2) return fitting[0] ?? formatDuration(minMs);
  return `${fitting.slice(0, -1).join(", ")} or ${fitting.at(-1)}`;
}

/** Returns whole milliseconds in the largest unit that is exact, in the form that {@link parseDuration} reads: `90s`, `36h`. */
export function formatDuration(ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => ms >= one && ms % one === 0) ?? (["ms", 1] as const);
  return ms === 0 ? "0s" : `${ms / size}${unit}`;
}

/** Largest value of each unit that {@link formatSpan} shows in it. */
const STEPS = [
  [1_000, 1, "ms"],
  [120_000, 1_000, "s"],
  [120 * 60_000, 60_000, "min"],
  [48 * 3_600_000, 3_600_000, "h"],
  [Infinity, 86_400_000, "days"],
] as const;

/** Returns a span of time for people, rounded down: `12 s`, `7 min`, `30 h`, `5 days`. */
export function formatSpan(ms: number): string {
  const [, size, unit] = STEPS.find(([limit]) => ms < limit) ?? STEPS[4];
  return `${Math.floor(Math.max(0, ms) / size)} ${unit}`;
}
