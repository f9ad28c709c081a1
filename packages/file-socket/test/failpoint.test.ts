import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient } from "@gvpie/file-socket";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./support/serve.ts";

const HOOK = Symbol.for("@gvpie/failpoint");
const source = new URL("../src/", import.meta.url);
const names = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => [...readFileSync(new URL(file, source), "utf8").matchAll(/failpoint\("([^"]+)"\)/g)])
  .map(([, name = ""]) => name);

/** Calls `hook` at every failpoint until the test ends. */
function atFailpoints(hook: (name: string) => void): void {
  const scope = globalThis as { [HOOK]?: (name: string) => void };
  scope[HOOK] = hook;
  onTestFinished(() => {
    delete scope[HOOK];
  });
}

test("every failpoint has a distinct name in the documented form", () => {
  expect(names.length).toBeGreaterThan(60);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^file-socket\/[a-z-]+\/(?:before|after)-[a-z-]+$/.test(name))).toEqual([]);
});

test("a request passes the failpoints in the order of its file operations", async () => {
  const { dir } = await serve();
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  await client.ping();
  const passed: string[] = [];
  atFailpoints((name) => passed.push(name));
  // Twice, with a reply large enough for its file to be reused.
  for (let round = 0; round < 2; round++) await client.render("x", { width: 400, height: 200 });
  const all = passed.filter((name) => /\/(?:spool|client)\//.test(name) && !name.includes("lease"));
  // The watch event of a removal makes the client try to remove the reply once more.
  const isRepeat = (name: string, index: number): boolean =>
    (name.endsWith("before-reply-remove") && all[index - 1] !== "file-socket/client/before-reply-read") ||
    (name.endsWith("after-reply-remove") && all[index - 2] !== "file-socket/client/before-reply-read");
  const seen = all.filter((name, index) => !isRepeat(name, index));
  const once = [
    "client/before-request-write",
    "client/after-request-write",
    "client/after-submit",
    "spool/before-claim",
    "spool/after-claim",
    "spool/before-read",
    "spool/after-read",
    "spool/before-reply-write",
    "spool/before-spare-take",
    "spool/after-reply-write",
    "spool/before-request-remove",
    "spool/after-request-remove",
    "spool/before-publish",
    "spool/after-publish",
    "client/before-reply-read",
    "client/before-reply-remove",
    "client/after-reply-remove",
  ].map((name) => `file-socket/${name}`);
  const twice = once.toSpliced(9, 0, "file-socket/spool/after-spare-take");
  expect(seen).toEqual([...once, ...twice]);
});

test("a slot command passes all its failpoints", async () => {
  const { dir } = await serve();
  const slotClient = new OldSlotClient(dir);
  const passed = new Set<string>();
  atFailpoints((name) => passed.add(name));
  slotClient.writeProgram("!bad");
  await slotClient.readError();
  slotClient.writeProgram("x");
  await slotClient.read();
  await sleep(0);
  for (const name of names.filter((each) => each.includes("/slot/") && !each.includes("return"))) {
    expect(passed).toContain(name);
  }
});

test("a reply that could not be published is sent when the disk works again", async () => {
  const { dir, events } = await serve();
  const client = new RawSpoolClient(dir);
  let failures = 3;
  atFailpoints((name) => {
    if (name !== "file-socket/spool/before-request-remove" || failures === 0) return;
    failures--;
    throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS", syscall: "unlink" });
  });
  const { header } = await client.reply(client.render("x"));
  expect(header).toMatchObject({ status: "busy", error: { code: "FSOCK_DISK_LOW" } });
  expect(failures).toBe(0);
  expect(events.some((event) => event.type === "storage")).toBe(true);
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  const { payload } = await client.reply(client.render("after"));
  expect(Buffer.from(payload)).toEqual(pattern({ code: "after", width: 4, height: 2 }).data);
});
