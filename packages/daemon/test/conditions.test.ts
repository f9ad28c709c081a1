// Conditions, with clocks that the test moves.
import { expect, test } from "vitest";
import { createConditions, type Conditions } from "../src/conditions.ts";
import type { ConditionChange, DaemonEvent } from "../src/types.ts";
import { TestClock } from "./support/test-store.ts";

interface Fixture {
  readonly clock: TestClock;
  readonly conditions: Conditions;
  readonly events: DaemonEvent[];
  readonly changes: ConditionChange[];
  /** Moves the clocks second by second. */
  pass(seconds: number): void;
}

function fixture(): Fixture {
  const clock = new TestClock();
  const events: DaemonEvent[] = [];
  const changes: ConditionChange[] = [];
  const conditions = createConditions({
    clock,
    emit: (event) => events.push(event),
    onChange: (change) => changes.push(change),
  });
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1_000);
      conditions.tick();
    }
  };
  return { clock, conditions, events, changes, pass };
}

const GONE = {
  level: "error",
  message: "no renderer answers",
  recovery: "a renderer answers again",
} as const;

test("a condition is reported when it begins, while it lasts at widening intervals, and when it ends", () => {
  const { conditions, events, changes, pass } = fixture();
  conditions.raise("NO_RENDERER", GONE);
  pass(420);
  conditions.raise("NO_RENDERER", GONE);
  conditions.clear("NO_RENDERER");
  conditions.clear("NO_RENDERER");
  expect(events.map(({ level, message }) => [level, message])).toEqual([
    ["error", "no renderer answers"],
    ["error", "still, for 1 min: no renderer answers"],
    ["error", "still, for 5 min: no renderer answers"],
    ["info", "a renderer answers again after 7 min"],
  ]);
  expect(changes.map(({ message }) => message)).toEqual(events.map(({ message }) => message));
  expect(changes.map(({ type, lastedMs }) => [type, lastedMs])).toEqual([
    ["raised", 0],
    ["repeated", 60_000],
    ["repeated", 300_000],
    ["cleared", 420_000],
  ]);
  expect(changes[3]?.condition).toEqual({
    code: "NO_RENDERER",
    level: "error",
    message: "no renderer answers",
    since: "2026-01-01T00:00:00.000Z",
  });
});

test("a condition that lasts for two days is repeated eleven times", () => {
  const { conditions, changes, pass } = fixture();
  conditions.raise("NO_RENDERER", GONE);
  pass(2 * 86_400);
  const hours = changes.slice(1).map(({ lastedMs }) => lastedMs / 3_600_000);
  expect(hours).toEqual([1 / 60, 1 / 12, 1 / 4, 1, 7, 13, 19, 25, 31, 37, 43]);
});

test("a jump of the wall clock changes no interval", () => {
  const { clock, conditions, changes, pass } = fixture();
  conditions.raise("NO_RENDERER", GONE);
  clock.wall += 86_400_000;
  pass(59);
  clock.wall -= 7 * 86_400_000;
  expect(changes).toHaveLength(1);
  pass(1);
  conditions.clear("NO_RENDERER");
  expect(changes.map(({ lastedMs }) => lastedMs)).toEqual([0, 60_000, 60_000]);
});

test("after the process was stopped, the missed reminders are one", () => {
  const { clock, conditions, changes } = fixture();
  conditions.raise("NO_RENDERER", GONE);
  clock.advance(86_400_000);
  for (let i = 0; i < 5; i++) conditions.tick();
  expect(changes.map(({ type, lastedMs }) => [type, lastedMs])).toEqual([
    ["raised", 0],
    ["repeated", 86_400_000],
  ]);
});

test("a thousand failing scripts are twenty lines a minute and a count; every change is reported to the caller", () => {
  const { conditions, events, changes, pass } = fixture();
  for (let i = 0; i < 1_000; i++) {
    conditions.raise("SCRIPT_FAILING", { ...GONE, level: "warn", subject: `script ${i}` });
  }
  conditions.raise("NO_RENDERER", GONE);
  for (let i = 0; i < 500; i++) conditions.clear("SCRIPT_FAILING", `script ${i}`);
  expect(events.map(({ fields }) => fields["code"])).toEqual([
    ...Array<string>(20).fill("SCRIPT_FAILING"),
    "NO_RENDERER",
  ]);
  expect(changes).toHaveLength(1_501);
  pass(59);
  expect(events).toHaveLength(21);
  pass(1);
  expect(events[21]?.message).toBe(
    "SCRIPT_FAILING: in the last minute also 980 more began, 0 went on, 500 ended",
  );
  // The reminders of the others.
  expect(events.filter(({ fields }) => fields["change"] === "repeated")).toHaveLength(21);
});

test("the list has one condition for each code", () => {
  const { conditions, pass } = fixture();
  for (let i = 0; i < 5; i++) {
    conditions.raise("SCRIPT_FAILING", { ...GONE, level: "warn", subject: `script ${i}` });
    pass(1);
  }
  conditions.raise("NO_RENDERER", GONE);
  expect(conditions.list()).toEqual([
    {
      code: "SCRIPT_FAILING",
      level: "warn",
      message: '5 at present: "script 0", "script 1", "script 2" and 2 more',
      since: "2026-01-01T00:00:00.000Z",
    },
    {
      code: "NO_RENDERER",
      level: "error",
      message: "no renderer answers",
      since: "2026-01-01T00:00:05.000Z",
    },
  ]);
  expect(conditions.subjects("SCRIPT_FAILING")).toHaveLength(5);
  for (let i = 0; i < 5; i++) conditions.clear("SCRIPT_FAILING", `script ${i}`);
  conditions.clear("NO_RENDERER");
  expect(conditions.list()).toEqual([]);
});

test("a condition of the last loop goes on if it begins again within minutes, and has ended otherwise", () => {
  const { clock, conditions, events, changes, pass } = fixture();
  const since = new Date(clock.now() - 420_000).toISOString();
  const last = { level: "error", message: "full", since } as const;
  conditions.inherit([
    { ...last, code: "NO_RENDERER" },
    { ...last, code: "DISK_LOW", since: "never" },
    { ...last, code: "STORE_LOCKED" },
  ]);
  conditions.raise("STORE_LOCKED", { ...GONE, message: "locked" });
  conditions.raise("NO_RENDERER", GONE);
  pass(180);
  conditions.clear("NO_RENDERER");
  conditions.raise("NO_RENDERER", GONE);
  expect(changes.map(({ type, condition }) => `${type} ${condition.code}`)).toEqual([
    "raised STORE_LOCKED",
    "repeated NO_RENDERER",
    "repeated STORE_LOCKED",
    "cleared DISK_LOW",
    "cleared NO_RENDERER",
    "raised NO_RENDERER",
  ]);
  expect(events.map(({ message }) => message)).toEqual([
    "locked",
    "still, for 7 min: no renderer answers",
    "still, for 1 min: locked",
    "DISK_LOW, which lasted before the restart, has not begun again after 0 s",
    "a renderer answers again after 10 min",
    "no renderer answers",
  ]);
});
