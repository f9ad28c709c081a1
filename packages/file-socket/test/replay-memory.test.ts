import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { FileSocketError } from "@gvpie/file-socket";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { ReplayMemory } from "../src/server/replay-memory.ts";

const LEAF = "l".repeat(43);
const CLIENT = "1-2-c";

/** A clock whose two hands a test moves. */
function handClock(): { wall: number; mono: number; now: () => number; monotonic: () => number } {
  const clock = { wall: 1_800_000_000_000, mono: 5_000, now: () => clock.wall, monotonic: () => clock.mono };
  return clock;
}

function open(path: string, clock = handClock()): ReplayMemory {
  const memory = new ReplayMemory(path, clock);
  onTestFinished(() => memory.close());
  return memory;
}

const newFile = (): string => `${temporaryDirectory({ prefix: "answered-" })}/answered`;

test("a proof is remembered until both clocks say that it has expired", () => {
  const clock = handClock();
  const memory = open(newFile(), clock);
  const id = newId();
  memory.add("lane", { leaf: LEAF, id, expiresAt: clock.wall + 10_000 });
  const has = (): boolean => {
    memory.maintain();
    return memory.has({ leaf: LEAF, id, client: CLIENT });
  };
  expect(has()).toBe(true);
  clock.wall += 3_600_000;
  expect(has()).toBe(true);
  clock.wall -= 3_600_000;
  clock.mono += 10_001;
  expect(has()).toBe(true);
  clock.wall += 10_001;
  expect(has()).toBe(false);
});

test("the file keeps what was answered, and nothing else", () => {
  const path = newFile();
  const clock = handClock();
  const [waiting, answered, expired] = [newId(), newId(), newId()];
  const memory = new ReplayMemory(path, clock);
  const proof = (id: string, ms: number) => ({ leaf: LEAF, id, expiresAt: clock.wall + ms });
  memory.add("lane", proof(waiting, 60_000));
  memory.add("lane", proof(answered, 60_000));
  memory.answered(proof(answered, 60_000));
  memory.answered(proof(expired, 1_000));
  memory.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toBe(
    `${clock.wall + 60_000} ${LEAF} ${answered}\n${clock.wall + 1_000} ${LEAF} ${expired}\n`,
  );
  clock.wall += 2_000;
  const next = open(path, clock);
  const has = (id: string): boolean => next.has({ leaf: LEAF, id, client: CLIENT });
  expect([has(waiting), has(answered), has(expired)]).toEqual([false, true, false]);
  expect(next.has({ leaf: "m".repeat(43), id: answered, client: CLIENT })).toBe(false);
});

test("a reply of a previous server is remembered by its client", () => {
  const path = newFile();
  const clock = handClock();
  const id = newId();
  const memory = new ReplayMemory(path, clock);
  memory.answeredByPrevious(CLIENT, id);
  memory.close();
  const next = open(path, clock);
  expect(next.has({ leaf: LEAF, id, client: CLIENT })).toBe(true);
  expect(next.has({ leaf: LEAF, id, client: "3-4-d" })).toBe(false);
});

test("lines that a full disk or another program has damaged are skipped", () => {
  const path = newFile();
  const clock = handClock();
  const [first, last] = [newId(), newId()];
  const line = (id: string): string => `${clock.wall + 1_000} ${LEAF} ${id}`;
  writeFileSync(path, `${line(first)}\n\n1 2\n${"9".repeat(70_000)}\n${line(last).slice(0, -3)}`, {
    mode: 0o600,
  });
  const memory = new ReplayMemory(path, clock);
  expect(memory.has({ leaf: LEAF, id: first, client: CLIENT })).toBe(true);
  memory.answered({ leaf: LEAF, id: last, expiresAt: clock.wall + 1_000 });
  expect(memory.isWritable).toBe(true);
  memory.close();
  expect(readFileSync(path, "utf8").split("\n").slice(-3)).toEqual([line(last).slice(0, -3), line(last), ""]);
  expect(open(path, clock).has({ leaf: LEAF, id: last, client: CLIENT })).toBe(true);
});

test("a file above 1 MiB is rewritten with the proofs that have not expired", () => {
  const path = newFile();
  const clock = handClock();
  const id = newId();
  const old = `${clock.wall - 1} ${LEAF} ${newId()}\n`;
  writeFileSync(path, old.repeat(14_000), { mode: 0o600 });
  appendFileSync(path, `${clock.wall + 1_000} ${LEAF} ${id}\n`);
  open(path, clock);
  expect(readFileSync(path, "utf8")).toBe(`${clock.wall + 1_000} ${LEAF} ${id}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("the file is rewritten while the server runs", () => {
  const path = newFile();
  const clock = handClock();
  const memory = open(path, clock);
  for (let count = 0; count < 13_000; count++) {
    memory.answered({ leaf: LEAF, id: newId(), expiresAt: clock.wall + 1_000 });
  }
  expect(statSync(path).size).toBeLessThan(100_000);
  const id = newId();
  memory.answered({ leaf: LEAF, id, expiresAt: clock.wall + 1_000 });
  expect(readFileSync(path, "utf8")).toContain(id);
});

test("a lane has a bounded part of the memory", () => {
  const clock = handClock();
  const memory = open(newFile(), clock);
  for (let count = 0; count < 65_536; count++) {
    memory.add("busy", { leaf: LEAF, id: `${count}`, expiresAt: clock.wall + 1 });
  }
  expect([memory.isFull("busy"), memory.isFull("quiet")]).toEqual([true, false]);
  clock.wall += 2;
  clock.mono += 2;
  // Bounded work: 4,096 at a time.
  memory.maintain();
  expect(memory.isFull("busy")).toBe(false);
  expect(memory.has({ leaf: LEAF, id: "65535", client: CLIENT })).toBe(true);
  for (let count = 0; count < 16; count++) memory.maintain();
  expect(memory.has({ leaf: LEAF, id: "65535", client: CLIENT })).toBe(false);
});

test.each([
  [
    "a file that others can write",
    "mode 666",
    (path: string) => writeFileSync(path, "") ?? chmodSync(path, 0o666),
  ],
  ["a symbolic link", "a symbolic link", (path: string) => symlinkSync("/dev/zero", path)],
  ["a directory", "a directory", (path: string) => mkdirSync(path)],
  [
    "a file with two names",
    "2 names",
    (path: string) => writeFileSync(path, "") ?? linkSync(path, `${path}.2`),
  ],
])("%s is refused", (_, found, make) => {
  const path = newFile();
  make(path);
  const attempt = (): ReplayMemory => new ReplayMemory(path, handClock());
  expect(attempt).toThrow(FileSocketError);
  expect(attempt).toThrow(
    expect.objectContaining({ code: "FSOCK_UNSAFE_DIR", message: expect.stringContaining(found) }),
  );
});

test("a file below a directory that others can write is refused", () => {
  const parent = temporaryDirectory({ prefix: "answered-" });
  chmodSync(parent, 0o777);
  expect(() => new ReplayMemory(`${parent}/answered`, handClock())).toThrow(
    expect.objectContaining({ code: "FSOCK_UNSAFE_DIR", message: expect.stringContaining("could replace") }),
  );
});

test("a missing directory is reported with what to do", () => {
  expect(() => new ReplayMemory("/nowhere/at/all/answered", handClock())).toThrow(
    expect.objectContaining({
      code: "FSOCK_STORAGE",
      message: expect.stringContaining("make the directory /nowhere/at/all"),
    }),
  );
});
