import { LANGS, type ClaimedRun, type ScriptOptions, type ScriptStore } from "@gvpie/daemon/store";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextCronMs } from "../../src/store/cron.ts";
import { asOtherTool, openTestStore, rows, TERMS, TestClock } from "../support/test-store.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
const HOURLY = { cron: "0 * * * *" };

const iso = (ms: number | undefined): string => (ms === undefined ? "never" : new Date(ms).toISOString());

/** Returns the first `count` times of a line after a time. */
function times(cron: string, zone: string, from: string, count: number): string[] {
  const found: string[] = [];
  let at: number | undefined = Date.parse(from);
  while (found.length < count && at !== undefined) {
    at = nextCronMs(cron, zone, at);
    found.push(iso(at).replace(":00.000Z", "Z"));
  }
  return found;
}

async function openAt(
  time: string,
  ...options: readonly ScriptOptions[]
): Promise<{ store: ScriptStore; path: string; clock: TestClock }> {
  const clock = new TestClock();
  clock.wall = Date.parse(time);
  const { store, path } = await openTestStore({ clock });
  for (const [i, one] of options.entries()) {
    await store.addScript({ name: `s${i}`, lang: "pixel", code: "HALT", options: one });
  }
  return { store, path, clock };
}

function finish(store: ScriptStore, claimed: readonly ClaimedRun[], success = true): Promise<Set<number>> {
  const outcome = { success, stdout: "", stderr: "", durationMs: 1 };
  return store.finishRuns(
    claimed.map(({ runId }) => ({ runId, ...outcome })),
    TERMS,
  );
}

/** Runs everything that is due, once, and returns the names. */
async function runDue(store: ScriptStore, success = true): Promise<string[]> {
  const claimed = await store.claimDue(99, LANGS, TERMS);
  await finish(store, claimed, success);
  return claimed.map(({ script }) => script.name);
}

async function dueAt(store: ScriptStore): Promise<string | undefined> {
  return (await store.getScript("s0")).dueAt;
}

describe("where the clocks change", () => {
  test.each<[what: string, cron: string, zone: string, from: string, expected: string[]]>([
    [
      "a time in the hour that is left out comes after it, north",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-03-28T12:00:00Z",
      ["2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    ],
    [
      "a time in the hour that is left out comes after it, south",
      "30 2 * * *",
      "Australia/Sydney",
      "2026-10-03T12:00:00Z",
      ["2026-10-03T16:00Z", "2026-10-04T15:30Z"],
    ],
    [
      "a time in the hour that is repeated comes once, north",
      "30 2 * * *",
      "Europe/Berlin",
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ],
    [
      "a time in the hour that is repeated comes once, south",
      "30 2 * * *",
      "Australia/Sydney",
      "2026-04-04T12:00:00Z",
      ["2026-04-04T15:30Z", "2026-04-05T16:30Z"],
    ],
    [
      "an hourly line leaves no hour of the clock out, and repeats one",
      "0 * * * *",
      "Europe/Berlin",
      "2026-10-24T23:30:00Z",
      ["2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"],
    ],
    [
      "a line for several hours leaves out the one that does not exist",
      "30 1-3 * * *",
      "Europe/Berlin",
      "2026-03-28T23:00:00Z",
      ["2026-03-29T00:30Z", "2026-03-29T01:30Z", "2026-03-29T23:30Z"],
    ],
    [
      "midnight that does not exist comes after it",
      "0 0 * * *",
      "Africa/Cairo",
      "2026-04-22T22:00:00Z",
      ["2026-04-23T22:00Z", "2026-04-24T21:00Z"],
    ],
    [
      "a change of half an hour",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-02T20:00:00Z",
      ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    ],
    ["a leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
    [
      "the last day of a month",
      "0 0 L * *",
      "UTC",
      "2028-02-01T00:00:00Z",
      ["2028-02-29T00:00Z", "2028-03-31T00:00Z"],
    ],
  ])("%s", (_, cron, zone, from, expected) => {
    expect(times(cron, zone, from, expected.length)).toEqual(expected);
  });

  test("a daily line has one time on every day of a year in every zone", () => {
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Africa/Cairo",
      "Asia/Kathmandu",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (zone, hour, minute) => {
          const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
          const days: string[] = [];
          let at = Date.parse("2026-01-01T12:00:00Z");
          for (let i = 0; i < 365; i++) {
            at = nextCronMs(`${minute} ${hour} * * *`, zone, at) ?? Infinity;
            days.push(day.format(at));
          }
          expect(new Set(days).size).toBe(365);
        },
      ),
      { numRuns: 10 },
    );
  });

  test("any text has a later time, or none", () => {
    const field = fc.constantFrom(
      "*",
      "*/7",
      "1-5",
      "0",
      "30",
      "MON",
      "L",
      "x",
      "99",
      "1,2",
      "?",
      "15W",
      "5#2",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(field, { maxLength: 8 }).map((fields) => fields.join(" ")),
          fc.string(),
        ),
        fc.oneof(fc.constantFrom("UTC", "Asia/Tokyo", "America/St_Johns"), fc.string()),
        fc.integer({ min: 0, max: 4e12 }),
        (line, zone, from) => {
          const next = nextCronMs(line, zone, from);
          expect(next === undefined || next > from).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a script with a cron line", () => {
  test("starts when it is added, and then at the times of its line", async () => {
    const { store, clock } = await openAt("2026-03-28T20:10:00Z", {
      cron: "30 2 * * *",
      timeZone: "Europe/Berlin",
    });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-03-29T01:00:00.000Z");
    expect(await store.nextDueInMs(LANGS)).toBe(4 * HOUR + 50 * MINUTE);
    clock.advance(4 * HOUR + 50 * MINUTE - 1);
    expect(await runDue(store)).toEqual([]);
    clock.advance(1);
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-03-30T00:30:00.000Z");
  });

  test("that is edited starts at once, and keeps its next time", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", HOURLY);
    await runDue(store);
    clock.advance(10 * MINUTE);
    await store.updateScript("s0", { code: "CLR" });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-01T11:00:00.000Z");
    await store.updateScript("s0", { patchOptions: { cron: "30 * * * *" } });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-01T10:30:00.000Z");
    await store.updateScript("s0", { patchOptions: { intervalMs: HOUR } });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-01T11:20:00.000Z");
  });

  test("that runs longer than its period starts once when it ends", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:00Z", { cron: "* * * * *" });
    const claimed = await store.claimDue(1, LANGS, TERMS);
    clock.advance(10 * MINUTE + 30 * SECOND);
    await finish(store, claimed);
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await runDue(store)).toEqual([]);
    expect(await dueAt(store)).toBe("2026-01-01T10:11:00.000Z");
  });

  test("keeps its times after failures, without backoff", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:30Z", { cron: "* * * * *" });
    for (let failures = 1; failures <= 6; failures++) {
      expect(await runDue(store, false)).toEqual(["s0"]);
      expect(await store.getScript("s0")).toMatchObject({ failures });
      expect(await dueAt(store)).toBe(`2026-01-01T10:0${failures}:00.000Z`);
      clock.advance((failures === 1 ? 30 : 60) * SECOND);
    }
  });
});

describe("a jump of the wall clock", () => {
  test("forward makes a script due at once, once", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", HOURLY);
    await runDue(store);
    clock.wall += 5 * HOUR;
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await runDue(store)).toEqual([]);
    expect(await dueAt(store)).toBe("2026-01-01T16:00:00.000Z");
    expect(await store.nextDueInMs(LANGS)).toBe(50 * MINUTE);
  });

  test("back by less than three hours repeats no start", async () => {
    const { store, clock } = await openAt("2026-01-01T09:50:00Z", HOURLY);
    await runDue(store);
    clock.advance(10 * MINUTE);
    expect(await runDue(store)).toEqual(["s0"]);
    clock.wall -= 2 * HOUR;
    expect(await runDue(store)).toEqual([]);
    expect(await dueAt(store)).toBe("2026-01-01T11:00:00.000Z");
    // Nor does an edit, which starts it at once.
    await store.updateScript("s0", { code: "CLR" });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-01T11:00:00.000Z");
    clock.advance(3 * HOUR - 1);
    expect(await runDue(store)).toEqual([]);
    clock.advance(1);
    expect(await runDue(store)).toEqual(["s0"]);
  });

  test("back by three hours or more corrects the clock: times count from now", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", HOURLY, {
      cron: "5 * * * *",
      timeZone: "Asia/Tokyo",
    });
    await runDue(store);
    clock.wall -= 3 * HOUR;
    expect(await runDue(store)).toEqual([]);
    expect(await dueAt(store)).toBe("2026-01-01T08:00:00.000Z");
    expect((await store.getScript("s1")).dueAt).toBe("2026-01-01T08:05:00.000Z");
  });

  test("is seen by a heartbeat of a loop that waits, which then looks again", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", HOURLY);
    await runDue(store);
    const state = { dir: undefined, cartridges: "/c", concurrency: 1, busy: 0, waiting: [], conditions: [] };
    const beat = { host: "h", pid: 1, version: "1", startedAt: iso(clock.wall), state };
    await store.beat(beat);
    const mark = await store.changeMark();
    clock.wall += 500;
    await store.beat(beat);
    expect(await store.changeMark()).toBe(mark);
    clock.wall += HOUR;
    await store.beat(beat);
    expect(await store.changeMark()).not.toBe(mark);
    expect(await store.nextDueInMs(LANGS)).toBe(0);
  });

  test("leaves scripts with an interval alone", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", { intervalMs: HOUR }, HOURLY);
    await runDue(store);
    clock.wall -= 40 * DAY;
    expect(await runDue(store)).toEqual([]);
    clock.advance(HOUR - 1);
    expect(await runDue(store)).toEqual(["s1"]);
    clock.advance(1);
    expect(await runDue(store)).toEqual(["s0"]);
  });

  test("and a slow clock: no start twice, and none lost", async () => {
    const { store, clock } = await openAt("2026-01-01T00:00:30Z", { cron: "* * * * *" });
    await runDue(store);
    let runs = 0;
    // The wall clock loses 100 ms each second, a tenth of its speed.
    for (let i = 0; i < 1_000; i++) {
      clock.advance(SECOND);
      clock.wall -= 100;
      runs += (await runDue(store)).length;
    }
    expect(runs).toBe(15);
  });

  test("of any size, any number of times: no time of the line starts twice between corrections, and the script goes on", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: -170, max: 170 })), {
          maxLength: 12,
        }),
        async (steps) => {
          const { store, clock } = await openAt("2026-06-01T00:10:00Z", { cron: "*/20 * * * *" });
          await runDue(store);
          const starts: (string | undefined)[] = [];
          for (const [minutes, jump] of steps) {
            clock.advance(minutes * MINUTE);
            const planned = await dueAt(store);
            if ((await runDue(store)).length > 0) starts.push(planned);
            clock.wall += jump * MINUTE;
          }
          expect(new Set(starts).size).toBe(starts.length);
          expect(await store.nextDueInMs(LANGS)).toBeDefined();
          await store.close();
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe("after a reboot", () => {
  async function reboot(path: string, wall: number): Promise<{ store: ScriptStore; clock: TestClock }> {
    const clock = new TestClock();
    clock.wall = wall;
    clock.boot = `boot at ${wall}`;
    clock.ticks = 5;
    const { store } = await openTestStore({ clock, path });
    return { store, clock };
  }

  test("a script is due by its line, not capped to an interval", async () => {
    const { store, path, clock } = await openAt("2026-01-01T10:10:00Z", { cron: "0 9 * * *" });
    await runDue(store);
    clock.wall += 2 * HOUR;
    await store.claimDue(1, LANGS, TERMS);
    const next = await reboot(path, Date.parse("2026-01-01T20:00:00Z"));
    expect(await runDue(next.store)).toEqual([]);
    expect(await dueAt(next.store)).toBe("2026-01-02T09:00:00.000Z");
    const late = await reboot(path, Date.parse("2026-01-05T20:00:00Z"));
    expect(await runDue(late.store)).toEqual(["s0"]);
    expect(await dueAt(late.store)).toBe("2026-01-06T09:00:00.000Z");
  });

  test("with a clock that was far ahead before it, times count from now", async () => {
    const { store, path, clock } = await openAt("2040-01-01T10:10:00Z", { cron: "0 9 1 1 *" });
    await runDue(store);
    const state = { dir: undefined, cartridges: "/c", concurrency: 1, busy: 0, waiting: [], conditions: [] };
    await store.beat({ host: "h", pid: 1, version: "1", startedAt: iso(clock.wall), state });
    const next = await reboot(path, Date.parse("2026-01-01T20:00:00Z"));
    expect(await runDue(next.store)).toEqual([]);
    expect(await dueAt(next.store)).toBe("2027-01-01T09:00:00.000Z");
  });

  test("with a clock that starts in 1970 and is set later", async () => {
    const { store, path } = await openAt("2026-01-01T10:10:00Z", HOURLY);
    await runDue(store);
    const next = await reboot(path, 60_000);
    expect(await runDue(next.store)).toEqual([]);
    next.clock.wall = Date.parse("2026-01-01T10:59:00Z");
    expect(await runDue(next.store)).toEqual([]);
    next.clock.advance(MINUTE);
    expect(await runDue(next.store)).toEqual(["s0"]);
  });
});

describe("a missed start", () => {
  test.each<[what: string, options: ScriptOptions, lateMs: number, runs: number, next: string]>([
    ["once, the default", HOURLY, 5 * HOUR, 1, "2026-01-01T16:00:00.000Z"],
    ["once, with an interval", { missed: "once", intervalMs: HOUR }, 5 * HOUR, 1, "2026-01-01T16:10:00.000Z"],
    ["skip, an hourly line", { ...HOURLY, missed: "skip" }, 5 * HOUR, 0, "2026-01-01T16:00:00.000Z"],
    [
      "skip, in the same phase",
      { missed: "skip", intervalMs: HOUR },
      5 * HOUR + 30 * MINUTE,
      0,
      "2026-01-01T16:10:00.000Z",
    ],
    [
      "skip, a minute late only",
      { missed: "skip", intervalMs: HOUR },
      HOUR + MINUTE,
      1,
      "2026-01-01T12:11:00.000Z",
    ],
    [
      "skip, a millisecond later",
      { missed: "skip", intervalMs: HOUR },
      HOUR + MINUTE + 1,
      0,
      "2026-01-01T12:10:00.000Z",
    ],
    ["skip, a short interval", { missed: "skip", intervalMs: 0 }, HOUR, 0, "2026-01-01T11:10:00.001Z"],
  ])("%s", async (_, options, lateMs, runs, next) => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", options);
    await runDue(store);
    clock.advance(lateMs);
    expect(await runDue(store)).toHaveLength(runs);
    expect(await dueAt(store)).toBe(next);
  });

  test("that is skipped makes room for a script that is due", async () => {
    const skip: ScriptOptions = { missed: "skip", intervalMs: HOUR };
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", skip, skip, skip, { intervalMs: 2 * HOUR });
    await runDue(store);
    clock.advance(5 * HOUR);
    const claimed = await store.claimDue(1, LANGS, TERMS);
    expect(claimed.map(({ script }) => script.name)).toEqual(["s3"]);
  });

  test("of a paused script is skipped when it is resumed", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", { ...HOURLY, missed: "skip" });
    await runDue(store);
    await store.setPaused("s0", true);
    clock.advance(2 * HOUR);
    await store.setPaused("s0", false);
    expect(await runDue(store)).toEqual([]);
    expect(await dueAt(store)).toBe("2026-01-01T13:00:00.000Z");
  });

  test("is none: an edit or a request that waited for a slot starts although the script skips", async () => {
    const { store, clock } = await openAt("2026-01-01T10:10:00Z", { missed: "skip" }, { missed: "skip" });
    const [first] = await store.claimDue(1, LANGS, TERMS);
    expect(first?.script.name).toBe("s0");
    clock.advance(10 * MINUTE);
    expect((await store.claimDue(1, LANGS, TERMS)).map(({ script }) => script.name)).toEqual(["s1"]);
    await finish(store, first ? [first] : []);
    clock.advance(10 * MINUTE);
    await store.requestRun("s0");
    expect((await store.claimDue(1, LANGS, TERMS)).map(({ script }) => script.name)).toEqual(["s0"]);
  });
});

describe("repetitions of a failed run", () => {
  test("come early, and end; then the backoff counts the failures after them", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:00Z", { intervalMs: HOUR, retries: 3 });
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      expect(await runDue(store, false)).toEqual(["s0"]);
      const wait = (await store.nextDueInMs(LANGS)) ?? NaN;
      waits.push(wait);
      clock.advance(wait);
    }
    // The first failure after them: the interval. The second: twice the interval, and so on, at most five minutes or the interval.
    expect(waits).toEqual([1, 2, 4, 3_600, 3_600, 3_600].map((seconds) => seconds * SECOND));
    await runDue(store);
    expect(await store.getScript("s0")).toMatchObject({ failures: 0 });
  });

  test("never come later than the next regular start, nor later than five minutes", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:00Z", { intervalMs: 3 * SECOND, retries: 100 });
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      await runDue(store, false);
      const wait = (await store.nextDueInMs(LANGS)) ?? NaN;
      waits.push(wait);
      clock.advance(wait);
    }
    expect(waits).toEqual([1_000, 2_000, 3_000, 3_000]);
    await store.updateScript("s0", { patchOptions: { intervalMs: DAY } });
    for (let i = 0; i < 12; i++) {
      await runDue(store, false);
      clock.advance((await store.nextDueInMs(LANGS)) ?? NaN);
    }
    await runDue(store, false);
    expect(await store.nextDueInMs(LANGS)).toBe(5 * MINUTE);
  });

  test("of a cron line leave its next time as it is", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:00Z", { cron: "0 9 * * *", retries: 1 });
    await runDue(store, false);
    expect(await dueAt(store)).toBe("2026-01-01T10:00:01.000Z");
    clock.advance(SECOND);
    expect(await runDue(store, false)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-02T09:00:00.000Z");
  });

  test("survive a jump of the wall clock", async () => {
    const { store, clock } = await openAt("2026-01-01T10:00:00Z", { cron: "0 9 * * *", retries: 9 });
    for (let i = 0; i < 5; i++) {
      await runDue(store, false);
      clock.advance((await store.nextDueInMs(LANGS)) ?? NaN);
    }
    await runDue(store, false);
    expect(await store.nextDueInMs(LANGS)).toBe(32 * SECOND);
    clock.wall -= HOUR;
    await runDue(store);
    expect(await store.nextDueInMs(LANGS)).toBe(32 * SECOND);
  });

  test("are not used up by a run that the loop stopped", async () => {
    const { store } = await openAt("2026-01-01T10:00:00Z", { cron: "0 9 * * *", retries: 1 });
    const [run] = await store.claimDue(1, LANGS, TERMS);
    const stopped = { success: false, stdout: "", stderr: "RUN_STOPPED", durationMs: 1, stopped: true };
    await store.finishRuns([{ runId: run?.runId ?? 0, ...stopped }], TERMS);
    expect(await store.getScript("s0")).toMatchObject({ failures: 0 });
    expect(await runDue(store)).toEqual(["s0"]);
    expect(await dueAt(store)).toBe("2026-01-02T09:00:00.000Z");
  });
});

describe("a schedule that is invalid is STORE_BAD_SCRIPT", () => {
  test.each<[ScriptOptions, string]>([
    [
      { cron: "61 * * * *" },
      'cron: expected five or six fields with valid values, got "61 * * * *": Invalid value for minute: 61',
    ],
    [
      { cron: "* * * *" },
      'cron: expected five or six fields, such as "*/15 9-17 * * MON-FRI", got "* * * *"',
    ],
    [
      { cron: "* * * * * * 2027" },
      'cron: expected five or six fields, such as "*/15 9-17 * * MON-FRI", got "* * * * * * 2027"',
    ],
    [{ cron: "@daily" }, 'cron: expected five or six fields, such as "*/15 9-17 * * MON-FRI", got "@daily"'],
    [{ cron: "0 0 30 2 *" }, 'cron: expected a line that occurs, got "0 0 30 2 *", which has no next time'],
    [
      { cron: `${"1,".repeat(200)}1 * * * *` },
      `cron: expected five or six fields, such as "*/15 9-17 * * MON-FRI", got "${"1,".repeat(30)}"`,
    ],
    [
      { ...HOURLY, timeZone: "Europe/Berln" },
      'timeZone: expected an IANA time zone, such as Europe/Berlin, got "Europe/Berln"; did you mean Europe/Berlin?',
    ],
    [
      { ...HOURLY, timeZone: "+02:00" },
      'timeZone: expected an IANA time zone, such as Europe/Berlin, got "+02:00"',
    ],
    [{ timeZone: "UTC" }, 'timeZone: expected a cron line with it, got "UTC" alone'],
    [{ ...HOURLY, intervalMs: 5 }, "cron: expected a cron line or an interval, got both"],
    [{ missed: "twice" as "once" }, 'missed: expected skip or once, got "twice"'],
    [{ retries: 101 }, "retries: expected an integer from 0 to 100, got 101"],
    [{ timeoutMs: 0 }, "timeoutMs: expected an integer from 1 to 2147483647, got 0"],
  ])("%j", async (options, message) => {
    const { store } = await openAt("2026-01-01T10:00:00Z", {});
    const code = "STORE_BAD_SCRIPT";
    await expect(store.updateScript("s0", { options })).rejects.toMatchObject({ code, message });
    await expect(store.updateScript("s0", { patchOptions: options })).rejects.toMatchObject({
      code,
      message,
    });
    expect((await store.getScript("s0")).options).toEqual({});
  });

  test("a cron line replaces an interval, and an interval a cron line with its zone", async () => {
    const { store } = await openAt("2026-01-01T10:00:00Z", { intervalMs: 5, width: 9 });
    const options = async (): Promise<ScriptOptions> => (await store.getScript("s0")).options;
    await store.updateScript("s0", { patchOptions: { ...HOURLY, timeZone: "Asia/Tokyo" } });
    expect(await options()).toEqual({ width: 9, ...HOURLY, timeZone: "Asia/Tokyo" });
    await store.updateScript("s0", { patchOptions: { timeZone: null } });
    expect(await options()).toEqual({ width: 9, ...HOURLY });
    await store.updateScript("s0", { patchOptions: { timeZone: "UTC" } });
    await store.updateScript("s0", { patchOptions: { intervalMs: 7 } });
    expect(await options()).toEqual({ width: 9, intervalMs: 7 });
    await store.updateScript("s0", { patchOptions: HOURLY });
    await store.updateScript("s0", { patchOptions: { cron: null } });
    expect(await options()).toEqual({ width: 9 });
  });
});

test("a cron line that another program stored and that cannot be used: the script is refused until it is edited", async () => {
  const { store, path, clock } = await openAt("2026-01-01T10:00:00Z", HOURLY, {});
  asOtherTool(path, (database) =>
    database.exec("UPDATE script_options SET time_zone = 'Mars/Base' WHERE cron NOT NULL"),
  );
  expect(await runDue(store)).toEqual(["s1"]);
  expect(await store.getScript("s0")).toMatchObject({
    enabled: false,
    refused: 'cron: expected a line that occurs in a known time zone, got "0 * * * *"',
  });
  // A request needs no line.
  await store.requestRun("s0");
  expect(await runDue(store)).toEqual(["s0"]);
  expect(await runDue(store)).toEqual([]);
  clock.advance(DAY);
  expect(await runDue(store)).toEqual(["s1"]);
  await store.updateScript("s0", { patchOptions: { timeZone: "Asia/Tokyo" } });
  expect(await runDue(store)).toEqual(["s0"]);
  expect(rows(path, "SELECT count(*) AS n FROM improvement_runs WHERE finished_at IS NULL")).toEqual([
    { n: 0 },
  ]);
});
