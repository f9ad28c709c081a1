import { expect, test } from "vitest";
import { formatBytes } from "../src/bytes.ts";
import { parseRowId } from "../src/row-id.ts";
import { parseTime } from "../src/time.ts";

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_024, "1 KiB"],
  [1_536, "1.5 KiB"],
  [20_971_520, "20 MiB"],
  [2 ** 50, "1024 TiB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  ["2026-11-28", Date.UTC(2026, 10, 28)],
  ["2026-11-28 02:00", Date.UTC(2026, 10, 28, 2)],
  ["2026-11-28 02:00:00", Date.UTC(2026, 10, 28, 2)],
  ["2026-11-28T02:00:00.250Z", Date.UTC(2026, 10, 28, 2, 0, 0, 250)],
  ["2026-11-28T02:00:00.250999+02:00", Date.UTC(2026, 10, 28, 0, 0, 0, 250)],
  ["2024-02-29", Date.UTC(2024, 1, 29)],
])("the time %s", (text, at) => expect(parseTime(text)).toBe(at));

test.each([
  "",
  "yesterday",
  "1764288000",
  "2026-02-30",
  "2026-13-01",
  "2026-11-28T24:00",
  "2026-11-28T02:00+1",
])("%j is not a time", (text) => expect(parseTime(text)).toBeUndefined());

test.each([
  ["7", 7],
  ["-7", -7],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["-9223372036854775808", -(2n ** 63n)],
])("the id %s", (text, id) => expect(parseRowId(text)).toBe(id));

test.each(["", "1.5", "1e3", " 7", "9223372036854775808", "99999999999999999999"])(
  "%j is not an id",
  (text) => expect(parseRowId(text)).toBeUndefined(),
);
