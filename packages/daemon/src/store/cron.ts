import { Cron } from "croner";
import { StoreError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

/** Longest cron line in characters. */
const MAX_LINE_LENGTH = 256;
/** Longest name of a time zone in characters. */
const MAX_ZONE_LENGTH = 64;
/** Lines of which something is kept, because claims use them again and again. */
const MAX_KEPT = 1_000;

const kept = new Map<string, Cron>();
/** Lines that never occur after the given time: finding that out takes up to half a second. */
const ended = new Map<string, number>();

/**
 * Returns the first time after `wallMs` at which a cron line is due, in Unix milliseconds; undefined if the line or the zone is
 * invalid, or the line never occurs. Where the clocks change, a line with a single time of the day occurs once a day: after the
 * hour that is left out, or in the first of the hours that are repeated. Other lines follow the clock on the wall.
 */
export function nextCronMs(line: string, zone: string | undefined, wallMs: number): number | undefined {
  const key = keyOf(line, zone);
  if (wallMs >= (ended.get(key) ?? Infinity)) return undefined;
  try {
    const next = parse(line, zone).nextRun(new Date(wallMs))?.getTime();
    if (next !== undefined && next > wallMs) return next;
  } catch {
    // The same as a line that never occurs.
  }
  remember(ended, key, wallMs);
  return undefined;
}

/** @throws {StoreError} `STORE_BAD_SCRIPT` for a line or a time zone that is invalid. */
export function checkCron(line: string, zone: string | undefined, now: number): void {
  if (zone !== undefined) checkZone(zone);
  const found = JSON.stringify(line.slice(0, 60));
  const fields = line.trim().split(/\s+/).length;
  if (line.length > MAX_LINE_LENGTH || !/^[\w\s*,/#?+-]*$/.test(line) || fields < 5 || fields > 6) {
    throw bad(`cron: expected five or six fields, such as "*/15 9-17 * * MON-FRI", got ${found}`);
  }
  let next;
  try {
    next = parse(line, zone).nextRun(new Date(now));
  } catch (cause) {
    const reason = (cause as Error).message.replace(/^\w+: /, "");
    throw bad(`cron: expected five or six fields with valid values, got ${found}: ${reason}`, { cause });
  }
  if (!next) throw bad(`cron: expected a line that occurs, got ${found}, which has no next time`);
}

function checkZone(zone: string): void {
  const isName = zone.length <= MAX_ZONE_LENGTH && /^[A-Za-z]/.test(zone);
  if (isName && isKnownZone(zone)) return;
  const known = Intl.supportedValuesOf("timeZone");
  const nearest = isName ? nearestName(zone, known) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const found = JSON.stringify(zone.slice(0, MAX_ZONE_LENGTH));
  throw bad(`timeZone: expected an IANA time zone, such as Europe/Berlin, got ${found}${hint}`);
}

function isKnownZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function parse(line: string, zone = "UTC"): Cron {
  const key = keyOf(line, zone);
  let cron = kept.get(key);
  if (!cron) {
    cron = new Cron(line, { timezone: zone, mode: "5-or-6-parts" });
    remember(kept, key, cron);
  }
  return cron;
}

function keyOf(line: string, zone = "UTC"): string {
  return `${zone}\n${line}`;
}

/** Keeps a value in place of the oldest one. */
function remember<T>(values: Map<string, T>, key: string, value: T): void {
  const [oldest] = values.keys();
  if (values.size >= MAX_KEPT && oldest !== undefined) values.delete(oldest);
  values.set(key, value);
}

function bad(message: string, options?: ErrorOptions): StoreError {
  return new StoreError("STORE_BAD_SCRIPT", message, options);
}
