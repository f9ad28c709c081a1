import { closeSync, lstatSync, openSync, rmSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { Spares } from "../src/server/spares.ts";
import { UnreadReplies } from "../src/server/unread.ts";

/** Places reply files and keeps the names of the replies that are counted. */
function world(limit: number) {
  const dir = temporaryDirectory({ prefix: "unread-" });
  const unread = new UnreadReplies(limit);
  const open = new Set<string>();
  return {
    unread,
    open,
    add(lane: string, name: string, isError = false): string {
      const path = `${dir}/${name}`;
      writeFileSync(path, name);
      open.add(name);
      unread.add(lane, { path, file: lstatSync(path), isError, end: () => open.delete(name) });
      return path;
    },
  };
}

test("a lane is full at its limit and has room again when a reply was removed", () => {
  const { unread, open, add } = world(2);
  const first = add("a", "1");
  expect(unread.isFull("a")).toBe(false);
  add("a", "2");
  expect([unread.isFull("a"), unread.isFull("b")]).toEqual([true, false]);
  rmSync(first);
  expect(unread.isFull("a")).toBe(false);
  expect([...open]).toEqual(["2"]);
});

test("a file in the place of a reply that was read is not counted", () => {
  const { unread, open, add } = world(1);
  const path = add("a", "1");
  expect(unread.isFull("a")).toBe(true);
  // Open, so that the new file cannot get the same number.
  const fd = openSync(path, "r");
  rmSync(path);
  writeFileSync(path, "placed by another client");
  expect(unread.isFull("a")).toBe(false);
  expect(open.size).toBe(0);
  closeSync(fd);
});

test("bytes are counted again after replies were read", () => {
  const { unread, add } = world(8);
  const path = add("a", "1");
  let attempts = 0;
  const admit = (): (() => void) => {
    attempts++;
    if (attempts === 1) throw new Error("too many unread bytes");
    return () => {};
  };
  expect(() => unread.count("a", admit)).toThrow("too many unread bytes");
  attempts = 0;
  rmSync(path);
  unread.count("a", admit);
  expect(attempts).toBe(2);
});

test("counts end at a recheck, and when the session closes", () => {
  const { unread, open, add } = world(8);
  for (let lane = 0; lane < 300; lane++) rmSync(add(`${lane}`, `${lane}`));
  add("a", "left");
  unread.recheck();
  expect(open.size).toBeGreaterThan(1);
  unread.recheck();
  expect([...open]).toEqual(["left"]);
  unread.close();
  expect(open.size).toBe(0);
});

test("errors to a full lane are counted up to a bound", () => {
  const { unread, open, add } = world(2);
  for (let count = 0; count < 9; count++) add("a", `${count}`, true);
  expect(open.size).toBe(4);
  expect(unread.isFull("a")).toBe(true);
});

test("only files that were given to a client are its spares", () => {
  const dir = temporaryDirectory({ prefix: "spares-" });
  const make = (name: string) => {
    writeFileSync(`${dir}/${name}`, name);
    return lstatSync(`${dir}/${name}`);
  };
  const spares = new Spares();
  const [given, other] = [make("given"), make("other")];
  spares.add("1-1-a", given);
  expect([spares.has("1-1-a", given), spares.has("1-1-a", other), spares.has("1-1-b", given)]).toEqual([
    true,
    false,
    false,
  ]);
  spares.drop("1-1-a");
  expect(spares.has("1-1-a", given)).toBe(false);
  for (let client = 0; client < 5_000; client++) spares.add(`1-1-${client}`, given);
  expect([spares.has("1-1-0", given), spares.has("1-1-4999", given)]).toEqual([false, true]);
});

test("no number of errors lets a picture go uncounted", () => {
  const { open, add } = world(2);
  for (let count = 0; count < 9; count++) add("a", `${count}`, true);
  add("a", "picture");
  expect([...open]).toContain("picture");
});
