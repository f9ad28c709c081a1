import { statfsSync } from "node:fs";
import { expect, test } from "vitest";
import { createDiskForecast, type DiskSpace } from "../src/disk-forecast.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;
const GIB = 2 ** 30;
const START = Date.parse("2026-01-01T00:00:00Z");

/** A forecast of one disk of 1 TiB with 10 million inodes, whose free space the test sets. */
function setUp(paths = ["/data/daemon.db"]) {
  const space = {
    device: 1,
    freeBytes: 500 * GIB,
    totalBytes: 1024 * GIB,
    freeInodes: 9e6,
    totalInodes: 1e7,
  };
  const log: string[] = [];
  let ticks = 0;
  const forecast = createDiskForecast({
    paths,
    conditions: {
      raise: (code, { level, message }) => log.push(`${level} ${code} ${message}`),
      clear: (code) => log.push(`end of ${code}`),
    },
    now: () => START + ticks,
    monotonic: () => ticks,
    read: (): DiskSpace => ({ ...space }),
  });
  /** Lets `count` times ten minutes pass, each with a change of the disk. */
  const pass = (count: number, change: (index: number) => void = () => {}): void => {
    for (let index = 0; index < count; index++) {
      ticks += 10 * MINUTE;
      change(index);
      forecast.sample();
    }
  };
  return { space, log, forecast, pass };
}

test("a disk that does not fill has no date", () => {
  const { log, forecast, pass } = setUp();
  pass(200);
  expect(log).toEqual([]);
  expect(forecast.disks).toMatchObject([{ path: "/data/daemon.db", fullInMs: undefined }]);
});

test("a disk that fills within 30 days is reported with the date, and when it no longer does", () => {
  const { log, space, pass, forecast } = setUp();
  pass(18, () => (space.freeBytes -= GIB));
  expect(log).toEqual([]);
  pass(1, () => (space.freeBytes -= GIB));
  expect(log[0]).toMatch(
    /^warn DISK_FILLING \/data\/daemon\.db: at the pace of the last day its disk is full on 2026-01-04; free some space, or limit/,
  );
  expect(Number(forecast.disks[0]?.fullInMs) / DAY).toBeCloseTo(3.34, 1);
  log.length = 0;
  pass(150);
  expect(log.at(-1)).toBe("end of DISK_FILLING");
});

test("one large file, written or removed, changes no date", () => {
  const { log, space, pass } = setUp();
  pass(100, (index) => {
    if (index === 50) space.freeBytes -= 200 * GIB;
    if (index === 70) space.freeBytes += 150 * GIB;
  });
  expect(log).toEqual([]);
});

test("inodes run out, too", () => {
  const { log, space, pass } = setUp();
  pass(20, () => (space.freeInodes -= 5_000));
  expect(log[0]).toMatch(/^warn DISK_FILLING .* full on 2026-01-13;/);
});

test("a disk with less than 5 % or 64 MiB is low, until it has clearly more", () => {
  const { log, space, pass } = setUp();
  space.freeBytes = 52 * GIB;
  pass(1);
  expect(log).toEqual([]);
  space.freeBytes = 51 * GIB;
  pass(1);
  expect(log[0]).toMatch(
    /^error DISK_LOW \/data\/daemon\.db: its disk has 52224 MiB free of 1048576 MiB; free some space/,
  );
  space.freeBytes = 60 * GIB;
  pass(1);
  expect(log.filter((line) => line.startsWith("end"))).toEqual([]);
  space.freeBytes = 62 * GIB;
  pass(1);
  expect(log.at(-1)).toBe("end of DISK_LOW");
  log.length = 0;
  Object.assign(space, { totalBytes: GIB, freeBytes: 63 * 2 ** 20 });
  pass(1);
  expect(log[0]).toContain("has 63 MiB free of 1024 MiB");
});

test("few inodes are reported, and a file system without a limit of them is not", () => {
  const { log, space, pass } = setUp();
  Object.assign(space, { freeInodes: 0, totalInodes: 0 });
  pass(20);
  expect(log).toEqual([]);
  Object.assign(space, { freeInodes: 4, totalInodes: 100 });
  pass(1);
  expect(log[0]).toContain("its disk has 4 inodes free of 100");
});

test("reads real file systems, one for paths on the same one, also for paths that do not exist yet", () => {
  const forecast = createDiskForecast({
    paths: ["/tmp/no/such/daemon.db", "/tmp/no/cartridges"],
    conditions: { raise: () => {}, clear: () => {} },
    now: Date.now,
    monotonic: () => performance.now(),
  });
  forecast.sample();
  expect(forecast.disks).toHaveLength(1);
  const { blocks, bsize } = statfsSync("/tmp");
  expect(forecast.disks[0]).toMatchObject({ path: "/tmp/no/such/daemon.db", totalBytes: blocks * bsize });
});
