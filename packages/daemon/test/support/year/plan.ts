import type { CalendarLine } from "./calendar.ts";

export const HOUR = 3_600_000;
export const DAY = 86_400_000;
const MINUTE = 60_000;

/** A script of the year. */
export interface PlannedScript {
  readonly name: string;
  /** Absent for a script with an interval of an hour. */
  readonly line?: CalendarLine;
  readonly missed?: "skip";
  readonly retries?: number;
  /** True if every run draws another picture. */
  readonly isChanging?: boolean;
  /** True if of nine runs the first two fail. */
  readonly isFlaky?: boolean;
}

/** Something that happens at a time, in milliseconds since the start. */
export type WorldEvent = { readonly atMs: number } & Happening;

type Happening =
  | { readonly type: "jump"; readonly byMs: number }
  /** The machine is off for some time, and a run of `lost` ends with it. */
  | { readonly type: "reboot"; readonly offMs: number; readonly lost?: string }
  /** Of one script, or of all. */
  | { readonly type: "pause" | "resume"; readonly script?: string }
  | { readonly type: "edit"; readonly script: string };

/** True if the run fails, counted from 0 for each script. */
export function fails({ isFlaky }: PlannedScript, index: number): boolean {
  return isFlaky === true && index % 9 < 2;
}

const HOURLY_ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Cairo",
  "America/Santiago",
  "Pacific/Chatham",
];

/** Thirty hourly scripts, half with an interval and half with a cron line, and six that run less often. */
export const SCRIPTS: readonly PlannedScript[] = [
  ...Array.from({ length: 15 }, (_, i): PlannedScript => {
    const name = `interval-${i}`;
    if (i < 2) return { name, isChanging: true };
    if (i === 3) return { name, retries: 3, isFlaky: true };
    if (i === 4) return { name, isFlaky: true };
    if (i === 5) return { name, missed: "skip" };
    return { name };
  }),
  ...Array.from({ length: 15 }, (_, i): PlannedScript => {
    const line = { zone: HOURLY_ZONES[i % HOURLY_ZONES.length] ?? "UTC", minute: (i % 3) * 15 };
    const name = `cron-${i}`;
    if (i < 1) return { name, line, isChanging: true };
    if (i === 2) return { name, line, retries: 3, isFlaky: true };
    if (i === 4 || i === 11) return { name, line, missed: "skip" };
    return { name, line };
  }),
  { name: "berlin", line: { zone: "Europe/Berlin", minute: 30, hour: 2 } },
  { name: "new-york", line: { zone: "America/New_York", minute: 30, hour: 2 } },
  { name: "lord-howe", line: { zone: "Australia/Lord_Howe", minute: 15, hour: 2 }, missed: "skip" },
  { name: "midnight-cairo", line: { zone: "Africa/Cairo", minute: 0, hour: 0 }, isChanging: true },
  { name: "leap-day", line: { zone: "Europe/Berlin", minute: 0, hour: 12, day: 29, month: 2 } },
  { name: "monthly", line: { zone: "America/New_York", minute: 5, hour: 0, day: 1 } },
];

/** Seven of the hourly scripts, at least one of each kind, and the others. */
export const FEW_SCRIPTS: readonly PlannedScript[] = SCRIPTS.filter(
  ({ name }) => !/^(?:interval|cron)-/.test(name) || /^(?:interval-[0357]|cron-[234])$/.test(name),
);

/** Returns the disturbances of each month that concern the scripts, at times at which none starts. */
export function eventsOf(days: number, scripts: readonly PlannedScript[]): WorldEvent[] {
  const names = new Set(scripts.map(({ name }) => name));
  const events: WorldEvent[] = [];
  const add = (day: number, minutes: number, happening: Happening) =>
    events.push({ atMs: day * DAY + minutes * MINUTE + 13_337, ...happening });
  for (let month = 0; month * 30 < days; month++) {
    const first = month * 30;
    const hours = (month * 5) % 24;
    add(first + 4, 121, { type: "pause", script: `cron-${(month * 4) % 15}` });
    add(first + 4, 700, { type: "resume", script: `cron-${(month * 4) % 15}` });
    add(first + 6, hours * 60 + 11, { type: "jump", byMs: 2.5 * HOUR });
    add(first + 7, hours * 60 + 22, { type: "jump", byMs: -2.5 * HOUR });
    add(first + 9, 333, { type: "pause" });
    add(first + 9, 600, { type: "resume" });
    add(first + 12, hours * 60 + 44, { type: "reboot", offMs: 100 * MINUTE, lost: "interval-7" });
    add(first + 15, 202, { type: "edit", script: "interval-0" });
    add(first + 15, 204, { type: "edit", script: "berlin" });
    add(first + 18, 404, { type: "jump", byMs: 7 * HOUR });
    add(first + 19, 808, { type: "jump", byMs: -7 * HOUR });
    add(first + 22, 99, { type: "jump", byMs: -40 * MINUTE });
    // The new boot takes its time from the clock on the wall, 40 minutes behind.
    add(first + 24, 501, { type: "reboot", offMs: 3 * MINUTE });
    add(first + 26, 77, { type: "jump", byMs: 40 * MINUTE });
  }
  const concerns = (event: WorldEvent): boolean =>
    !("script" in event) || event.script === undefined || names.has(event.script);
  return events.filter((event) => event.atMs < days * DAY - HOUR && concerns(event));
}
