import { expect, test } from "vitest";
import { DEFAULT_SERVER_LIMITS } from "@gvpie/file-socket";
import { Intake } from "../src/server/intake.ts";
import { LaneHints, UNKNOWN_LANE } from "../src/server/lane-hints.ts";
import { LaneQueue, laneOutstanding, mayLaneRun, SHARED_LANE } from "../src/server/lanes.ts";
import { Outstanding } from "../src/server/outstanding.ts";
import type { SpoolJob } from "../src/server/spool-job.ts";

const always = (): boolean => true;

/** Takes all items, one text a turn. */
function drain(
  queue: LaneQueue<string>,
  mayTake: (lane: string, name: string) => boolean = always,
): readonly string[] {
  const taken: string[] = [];
  for (let turn = queue.take(mayTake); turn !== undefined; turn = queue.take(mayTake)) taken.push(turn.item);
  return taken;
}

function queueOf(items: readonly (readonly [lane: string, name: string, item: string])[]): LaneQueue<string> {
  const queue = new LaneQueue<string>();
  for (const [lane, name, item] of items) queue.add(lane, name, item);
  return queue;
}

test("lanes take turns, and the names within a lane do", () => {
  const queue = queueOf([
    ["a", "1", "a1 first"],
    ["a", "1", "a1 second"],
    ["a", "2", "a2"],
    ["b", "9", "b9 first"],
    ["b", "9", "b9 second"],
  ]);
  expect(queue.size).toBe(5);
  expect(drain(queue)).toEqual(["a1 first", "b9 first", "a2", "b9 second", "a1 second"]);
  expect(queue.size).toBe(0);
});

test("64 names of one lane get as many turns as the one name of another lane", () => {
  const queue = new LaneQueue<string>();
  for (let item = 0; item < 256; item++) queue.add("many", `${item % 64}`, "many");
  for (let item = 0; item < 16; item++) queue.add("one", "quiet", "one");
  expect(
    drain(queue)
      .slice(0, 32)
      .filter((lane) => lane === "one"),
  ).toHaveLength(16);
});

test("a lane and a name that may not run keep their items", () => {
  const queue = queueOf([
    ["a", "1", "a1"],
    ["a", "2", "a2"],
    ["b", "1", "b1"],
  ]);
  expect(drain(queue, (lane, name) => lane !== "b" && name !== "1")).toEqual(["a2"]);
  expect(drain(queue)).toEqual(["b1", "a1"]);
});

test("the newest item is taken on request", () => {
  const queue = queueOf([
    ["a", "1", "old"],
    ["a", "1", "middle"],
    ["a", "1", "new"],
  ]);
  expect(queue.take(always, "newest")?.item).toBe("new");
  expect(queue.take(always)?.item).toBe("old");
  expect(drain(queue)).toEqual(["middle"]);
});

test("a name is dropped from every lane", () => {
  const queue = queueOf([
    ["a", "1", "a1"],
    ["b", "1", "b1"],
    ["b", "2", "b2"],
  ]);
  expect(queue.drop("1")).toEqual(["a1", "b1"]);
  expect(queue.size).toBe(1);
  expect(queue.clear()).toEqual(["b2"]);
  expect(queue.size).toBe(0);
});

test("a lane gets half of the renders, the shared lane one", () => {
  const limits = { ...DEFAULT_SERVER_LIMITS, concurrency: 5 };
  expect([0, 1, 2, 3].map((running) => mayLaneRun("a", running, limits))).toEqual([true, true, true, false]);
  expect([0, 1].map((running) => mayLaneRun(SHARED_LANE, running, limits))).toEqual([true, false]);
  expect([laneOutstanding("a", limits), laneOutstanding(SHARED_LANE, limits)]).toEqual([8, 9]);
});

const job = (lane: string, bytes: number): SpoolJob => ({
  id: "",
  client: "",
  path: "",
  attempts: 0,
  writtenAt: 0,
  lane,
  bytes,
});

test("a lane has at most its requests and half of the bytes", () => {
  const limits = { ...DEFAULT_SERVER_LIMITS, outstandingPerClient: 3, outstanding: 4, queuedBytes: 100 };
  const outstanding = new Outstanding(limits);
  expect(outstanding.isShareOf("a", 90)).toBe(true);
  outstanding.add(job("a", 30));
  expect([outstanding.isShareOf("a", 20), outstanding.isShareOf("a", 21)]).toEqual([true, false]);
  expect([
    outstanding.isShareOf("b", 60),
    outstanding.hasRoomForBytes(70),
    outstanding.hasRoomForBytes(71),
  ]).toEqual([true, true, false]);
  outstanding.add(job("a", 1));
  outstanding.add(job("a", 1));
  expect([outstanding.hasRoom("a"), outstanding.hasRoom("b")]).toEqual([false, true]);
  outstanding.add(job("b", 0));
  expect(outstanding.hasRoom("b")).toBe(false);
  for (const bytes of [30, 1, 1]) outstanding.remove(job("a", bytes));
  outstanding.remove(job("b", 0));
  expect([outstanding.total, outstanding.hasRoom("a"), outstanding.hasRoomForBytes(1_000)]).toEqual([
    0,
    true,
    true,
  ]);
});

test("the holder of another capability that uses a client's name does not move its requests to a longer queue", () => {
  const hints = new LaneHints();
  const waiting = new Map<string, number>();
  const laneOf = (client: string): string =>
    hints.laneOf(client, { sizeOf: (lane) => waiting.get(lane) ?? 0 });
  expect(laneOf("1-1-a")).toBe(UNKNOWN_LANE);
  hints.set("1-1-a", "attacker");
  hints.set("1-1-a", "victim");
  waiting.set("attacker", 1_000).set(UNKNOWN_LANE, 1_000).set("victim", 1);
  expect(laneOf("1-1-a")).toBe("victim");
  hints.drop("1-1-a");
  expect(laneOf("1-1-a")).toBe(UNKNOWN_LANE);
});

test("the names of one lane do not make those of another forgotten", () => {
  const hints = new LaneHints();
  const laneOf = (client: string): string => hints.laneOf(client, { sizeOf: () => 0 });
  hints.set("1-1-a", "victim");
  for (let name = 0; name < 3_000; name++) hints.set(`7-7-${name}`, "attacker");
  expect([laneOf("1-1-a"), laneOf("7-7-0"), laneOf("7-7-2999")]).toEqual([
    "victim",
    UNKNOWN_LANE,
    "attacker",
  ]);
});

test("a lane always has room for one request, and for few that look taken over", () => {
  const limits = { ...DEFAULT_SERVER_LIMITS, outstanding: 2, queuedBytes: 100, concurrency: 2 };
  const outstanding = new Outstanding(limits);
  for (const lane of ["a", "b"]) outstanding.add(job(lane, 50));
  expect([outstanding.hasRoomInLane("a", 1), outstanding.hasRoomInLane("quiet", 90)]).toEqual([false, true]);
  outstanding.add(job("quiet", 90));
  expect(outstanding.hasRoomInLane("quiet", 1)).toBe(false);
  let taken = 0;
  while (outstanding.mayTakeOver(SHARED_LANE)) outstanding.add(job(SHARED_LANE, ++taken));
  expect(taken).toBe(laneOutstanding(SHARED_LANE, limits) + 2);
});

test("files of unknown clients beyond a number are left to a later scan, unless a killed server had claimed them", () => {
  let forgotten = 0;
  const intake = new Intake({} as never, {} as never, { spool: { forget: () => forgotten++ } } as never);
  const arrival = { id: "", path: "", attempts: 0, lastAbsent: undefined };
  for (let name = 0; name < 20_000; name++) intake.add({ ...arrival, client: `7-7-${name}` });
  for (let name = 0; name < 10; name++) intake.add({ ...arrival, client: `8-8-${name}`, attempts: 1 });
  expect(forgotten).toBe(20_000 - 16_384);
});
