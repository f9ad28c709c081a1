/** The times of a line by the clock on a wall, in one zone. Without an hour: every hour. */
export interface CalendarLine {
  readonly zone: string;
  readonly minute: number;
  readonly hour?: number;
  readonly day?: number;
  readonly month?: number;
}

/** A quarter of an hour, in local time. */
interface Quarter {
  readonly utc: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Minutes since midnight by the clock. */
  readonly minutes: number;
}

const MINUTE = 60_000;
const QUARTER = 15;

export function cronOf({ minute, hour, day, month }: CalendarLine): string {
  return `${minute} ${hour ?? "*"} ${day ?? "*"} ${month ?? "*"} *`;
}

/**
 * Returns the times of lines between two times, found by a walk through all quarters of an hour with `Intl`: no zone of today moves
 * its clocks to another minute.
 */
export function createCalendar(from: number, until: number): (line: CalendarLine) => number[] {
  const walked = new Map<string, Quarter[]>();
  return (line) => {
    const quarters = walked.get(line.zone) ?? walk(line.zone, from, until);
    walked.set(line.zone, quarters);
    const times = line.hour === undefined ? everyHour(line, quarters) : everyDay(line, line.hour, quarters);
    return times.filter((time) => time >= from && time < until);
  };
}

function walk(zone: string, from: number, until: number): Quarter[] {
  const format = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const quarters: Quarter[] = [];
  const step = QUARTER * MINUTE;
  // From a day before, because the first day of the zone may have begun.
  for (let utc = Math.floor(from / step) * step - 86_400_000; utc < until; utc += step) {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] =
      format.format(utc).match(/\d+/g)?.map(Number) ?? [];
    quarters.push({ utc, year, month, day, minutes: hour * 60 + minute });
  }
  return quarters;
}

/** Every time at which the clock shows the minute. */
function everyHour({ minute }: CalendarLine, quarters: readonly Quarter[]): number[] {
  return quarters.flatMap(({ utc, minutes }) => {
    const offset = minute - (minutes % 60);
    return offset >= 0 && offset < QUARTER ? [utc + offset * MINUTE] : [];
  });
}

/** The first time of each day at which the clock shows the time, or a later one if that time is left out. */
function everyDay(line: CalendarLine, hour: number, quarters: readonly Quarter[]): number[] {
  const wanted = hour * 60 + line.minute;
  const seen = new Set<number>();
  const times: number[] = [];
  for (const { utc, year, month, day, minutes } of quarters) {
    if ((line.day ?? day) !== day || (line.month ?? month) !== month) continue;
    const date = (year * 100 + month) * 100 + day;
    if (minutes + QUARTER <= wanted || seen.has(date)) continue;
    seen.add(date);
    times.push(utc + Math.max(0, wanted - minutes) * MINUTE);
  }
  return times;
}
