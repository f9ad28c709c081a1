import { describe, expect, test } from "vitest";
import { createCalendar } from "./support/year/calendar.ts";
import { findFaults } from "./support/year/find-faults.ts";
import { DAY, FEW_SCRIPTS } from "./support/year/plan.ts";
import { simulateYear } from "./support/year/simulate.ts";

/** The short form of `npm run year`: the leap day, and the changes to summer time in New York and Berlin and from it on Lord Howe. */
test("scripts start at the right times, counters are exact, and rows and files stay few, for five weeks", async () => {
  const result = await simulateYear({
    start: Date.parse("2028-02-27T00:07:30Z"),
    days: 36,
    scripts: FEW_SCRIPTS,
    onDay: (day, runs) => {
      if (day % 12 === 0) console.log(`Simulated ${day} days, ${runs} runs`);
    },
  });
  expect(findFaults(result)).toEqual([]);
  expect(result.runs).toBeGreaterThan(6_000);
  const counts = Object.fromEntries(result.scripts.map(({ name, runCount }) => [name, runCount]));
  expect(counts).toMatchObject({ "leap-day": 2, monthly: 3 });
});

describe("the calendar that the year is compared with", () => {
  test.each([
    ["Europe/Berlin", "2028-03-25T12:00Z", ["2028-03-26T01:00:00.000Z", "2028-03-27T00:30:00.000Z"]],
    ["Europe/Berlin", "2028-10-28T12:00Z", ["2028-10-29T00:30:00.000Z", "2028-10-30T01:30:00.000Z"]],
    ["America/New_York", "2028-03-11T12:00Z", ["2028-03-12T07:00:00.000Z", "2028-03-13T06:30:00.000Z"]],
  ])("%s, from %s", (zone, from, expected) => {
    const start = Date.parse(from);
    const times = createCalendar(start, start + 2 * DAY)({ zone, minute: 30, hour: 2 });
    expect(times.map((time) => new Date(time).toISOString())).toEqual(expected);
  });
});
