import { afterEach, describe, expect, test, vi } from "vitest";
import { describeTime, readTime } from "../src/capability/time.ts";

const NOW = Date.UTC(2026, 10, 27, 12) / 1000;

describe("a time on the command line", () => {
  test.each([
    ["90s", NOW + 90],
    ["5m", NOW + 300],
    ["12h", NOW + 43_200],
    ["30d", NOW + 30 * 86_400],
    ["2w", NOW + 14 * 86_400],
    ["0", 0],
    ["1796000000", 1_796_000_000],
    ["99999999999", 99_999_999_999],
    ["2026-12-24", Date.UTC(2026, 11, 24) / 1000],
    ["2026-12-24T18:30Z", Date.UTC(2026, 11, 24, 18, 30) / 1000],
    ["2026-12-24T18:30:05Z", Date.UTC(2026, 11, 24, 18, 30, 5) / 1000],
    ["2026-12-24T18:30+05:30", Date.UTC(2026, 11, 24, 13) / 1000],
    ["2028-02-29", Date.UTC(2028, 1, 29) / 1000],
  ])("%s", (text, seconds) => {
    expect(readTime("--expires", text, NOW)).toBe(seconds);
  });

  test("a span goes back for a time in the past, at most to 1970", () => {
    expect(readTime("--since", "2h", NOW, -1)).toBe(NOW - 7200);
    expect(readTime("--since", "999999999w", NOW, -1)).toBe(0);
  });

  test.each([
    [
      "tomorrow",
      'expected a time such as 30d, 12h, 2026-12-24, 2026-12-24T18:00Z or Unix seconds, got "tomorrow"',
    ],
    ["", 'got ""'],
    ["-1", 'got "-1"'],
    ["1.5h", 'got "1.5h"'],
    ["30 d", 'got "30 d"'],
    ["30D", 'got "30D"'],
    ["2027-02-29", 'got "2027-02-29"'],
    ["2026-12-24T24:00Z", 'got "2026-12-24T24:00Z"'],
    ["2026-12-24T18:00+99:00", 'got "2026-12-24T18:00+99:00"'],
    ["1969-12-31", 'got "1969-12-31"'],
    [
      "2026-12-24T18:00",
      'expected a time with its zone, such as "2026-12-24T18:00Z" or "2026-12-24T18:00+01:00"',
    ],
    [
      "1796000000000",
      'expected seconds since 1970, got "1796000000000"; if these are milliseconds, remove the last three digits',
    ],
  ])("%j is refused", (text, message) => {
    expect(() => readTime("--expires", text, NOW)).toThrow(message);
  });
});

describe("a time in words", () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ["UTC", NOW, "2026-11-27 12:00:00 UTC, now"],
    ["UTC", NOW + 1, "2026-11-27 12:00:01 UTC, 1 second from now"],
    ["UTC", NOW - 119, "2026-11-27 11:58:01 UTC, 119 seconds ago"],
    ["UTC", NOW + 120, "2026-11-27 12:02:00 UTC, 2 minutes from now"],
    ["UTC", NOW + 47 * 3600, "2026-11-29 11:00:00 UTC, 47 hours from now"],
    ["UTC", NOW + 30 * 86_400 - 1, "2026-12-27 11:59:59 UTC, 30 days from now"],
    ["UTC", 0, "1970-01-01 00:00:00 UTC, 57 years ago"],
    [
      "Europe/Berlin",
      NOW + 43_200,
      "2026-11-28 01:00:00 +01:00 (2026-11-28 00:00:00 UTC), 12 hours from now",
    ],
    ["America/St_Johns", NOW, "2026-11-27 08:30:00 -03:30 (2026-11-27 12:00:00 UTC), now"],
    ["UTC", 99_999_999_999, "5138-11-16 09:46:39 UTC, 3,112 years from now"],
    ["UTC", Number.MAX_SAFE_INTEGER, "9007199254740991 seconds after 1970, 285,420,864 years from now"],
    ["Asia/Tokyo", 8_640_000_000_000, "+275760-09-13 00:00:00 UTC, 273,728 years from now"],
  ])("in %s, %d", (zone, seconds, expected) => {
    vi.stubEnv("TZ", zone);
    expect(describeTime(seconds, NOW)).toBe(expected);
  });
});
