import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test, vi } from "vitest";
import { treeOf } from "../src/protocol/tree.ts";
import { Quarantine } from "../src/server/quarantine.ts";
import { Reports } from "../src/server/reports.ts";
import type { ServerEvent } from "../src/types.ts";
import { renderer } from "./support/renderer.ts";
import { serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

const COUNT = 2_000;

/** Creates directories with a file in each, which are quarantined and never removed. */
function makeFull(folder: string): void {
  for (let number = 0; number < COUNT; number++) {
    mkdirSync(`${folder}/x${number}`);
    writeFileSync(`${folder}/x${number}/kept`, "");
  }
}

const countIn = (folder: string): number => readdirSync(folder).length;

// On a busy machine the server may be done before the request reaches it.
test(
  "thousands of invalid names do not delay a request until all of them are handled",
  { retry: 3 },
  async () => {
    // Counted when the request is served, because the test may see its reply much later.
    let left: number | undefined;
    const { dir, events } = await serve({
      render: (request, context) => {
        left = countIn(`${dir}/v1/new`);
        return renderer(request, context);
      },
    });
    const client = new RawSpoolClient(dir);
    makeFull(`${dir}/v1/new`);
    expect((await client.reply(client.render("x"))).header.status).toBe("ok");
    expect(left).toBeGreaterThan(0);
    await waitUntil(() => countIn(`${dir}/v1/new`) === 0, { timeoutMs: 60_000 });
    expect(countIn(`${dir}/v1/bad`)).toBe(COUNT);
    expect(events.filter(({ type }) => type === "quarantined").length).toBeLessThan(20);
  },
);

test("a sweep of thousands of invalid reply directories lets requests through", async () => {
  const clock = new TestClock();
  const { dir, events } = await serve({ clock });
  makeFull(`${dir}/v1/out`);
  clock.passedMs += 5_000;
  const left = (): number => countIn(`${dir}/v1/out`);
  await waitUntil(() => left() < COUNT);
  expect(left()).toBeGreaterThan(0);
  const client = new RawSpoolClient(dir);
  expect((await client.reply(client.render("x"))).header.status).toBe("ok");
  await waitUntil(() => left() === 1, { timeoutMs: 60_000 });
  expect(events.filter(({ type }) => type === "quarantined").length).toBeLessThan(20);
});

test("a sweep of thousands of ended leases lets requests through", async () => {
  const clock = new TestClock();
  const { dir, events } = await serve({ clock });
  for (let number = 0; number < COUNT; number++) mkdirSync(`${dir}/v1/out/1-1-x${number}`);
  const left = (): number => countIn(`${dir}/v1/out`);
  // Two sweeps see the same time stamps: the second may begin only after the first has ended.
  const pass = setInterval(() => (clock.passedMs += 13_000), 500);
  onTestFinished(() => clearInterval(pass));
  await waitUntil(() => left() < COUNT, { timeoutMs: 60_000 });
  expect(left()).toBeGreaterThan(0);
  const client = new RawSpoolClient(dir);
  expect((await client.reply(client.render("x", { ttlMs: 60_000 }))).header.status).toBe("ok");
  await waitUntil(() => left() <= 1, { timeoutMs: 60_000 });
  // Ten for each minute of a clock that runs fast.
  expect(events.filter(({ type }) => type === "purged").length).toBeLessThan(COUNT / 10);
});

test("thousands of files in the quarantine are trimmed a few at a time", async () => {
  const clock = new TestClock();
  const { dir } = await serve({ clock });
  for (let number = 0; number < COUNT; number++) writeFileSync(`${dir}/v1/bad/x${number}`, "x");
  clock.passedMs += 5_000;
  const left = (): number => countIn(`${dir}/v1/bad`);
  await waitUntil(() => left() < COUNT);
  expect(left()).toBeGreaterThan(64);
  await waitUntil(() => left() === 64, { timeoutMs: 60_000 });
});

test("an incomplete command that does not change is not read again and again", async () => {
  const decoded = vi.spyOn(TextDecoder.prototype, "decode");
  const { dir } = await serve();
  const slot = new OldSlotClient(dir);
  const text = Buffer.alloc(2 ** 20, " ");
  text.write("{");
  text.write("]}", text.length - 2);
  writeFileSync(slot.command, text);
  expect(await slot.readError()).toMatchObject({ code: "FSOCK_BAD_JSON" });
  const large = decoded.mock.calls.filter(([bytes]) => (bytes?.byteLength ?? 0) === text.length);
  decoded.mockRestore();
  expect(large.length).toBeLessThan(8);
});

test("remembers a bounded number of entries that cannot be moved", () => {
  const emit = vi.fn();
  const tree = treeOf("/nowhere");
  const quarantine = new Quarantine({ tree, clock: new TestClock(), emit });
  const error = Object.assign(new Error("EACCES"), { code: "EACCES", syscall: "rename" });
  const path = (number: number): string => `${tree.new}/${number}`;
  for (let number = 0; number < 20_000; number++) quarantine.note(path(number), error);
  quarantine.note(path(19_999), error);
  expect(emit).toHaveBeenCalledTimes(20_000);
  expect(quarantine.isKnown(path(0))).toBe(false);
  expect(quarantine.isKnown(path(19_999))).toBe(true);
  expect(() => quarantine.note(path(0), new TypeError("a bug"))).toThrow("a bug");
});

test("events that a client can cause in any number are counted", () => {
  const passed: ServerEvent[] = [];
  const clock = new TestClock("stopped");
  const reports = new Reports((event) => passed.push(event), clock);
  const emit = (type: ServerEvent["type"], message: string): void =>
    reports.emit({ type, level: "warn", message, fields: {} });
  for (let number = 1; number <= 25; number++) emit("stuck", `stuck ${number}`);
  for (let number = 1; number <= 25; number++) emit("answered", "answered");
  emit("purged", "purged");
  const count = (type: ServerEvent["type"]): number => passed.filter((event) => event.type === type).length;
  expect([count("stuck"), count("answered"), count("purged")]).toEqual([10, 25, 1]);
  clock.passedMs += 59_999;
  reports.flush();
  expect(count("stuck")).toBe(10);
  clock.passedMs += 1;
  reports.flush();
  expect(passed.at(-1)).toMatchObject({
    message: "15 more within 60 s, the first: stuck 11",
    fields: { count: 15 },
  });
  reports.flush();
  emit("stuck", "stuck again");
  expect(count("stuck")).toBe(12);
});
