import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { newId } from "../src/protocol/names.ts";
import { serve } from "./support/serve.ts";
import { TestClock } from "./support/test-clock.ts";

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Creates a directory with a file in it. */
function makeFull(path: string): void {
  mkdirSync(path);
  writeFileSync(`${path}/kept`, "kept");
}

test.each(["out.raw", "err.json", "v1/server.json"])("quarantines a directory named %s", async (name) => {
  const { dir, events } = await serve();
  const slotClient = new OldSlotClient(dir);
  if (existsSync(`${dir}/${name}`)) rmSync(`${dir}/${name}`);
  makeFull(`${dir}/${name}`);
  slotClient.writeProgram("!bad");
  await waitUntil(() => isFile(slotClient.error));
  expect(await slotClient.readError()).toMatchObject({ code: "PXL_UNKNOWN_OPCODE" });
  slotClient.writeProgram("good");
  await waitUntil(() => isFile(slotClient.output));
  expect(await slotClient.read()).toEqual(pattern({ code: "good", width: 4, height: 2 }).data);
  await waitUntil(() => isFile(`${dir}/v1/server.json`));
  const kept = readdirSync(`${dir}/v1/bad`).map((each) => readFileSync(`${dir}/v1/bad/${each}/kept`, "utf8"));
  expect(kept).toEqual(["kept"]);
  expect(events.filter((event) => event.type === "storage")).toEqual([]);
});

test("quarantines a reply directory that is a symbolic link and leaves its target unchanged", async () => {
  const clock = new TestClock("stopped");
  const { dir, events } = await serve({ clock });
  const victim = `${dirname(dir)}/victim`;
  mkdirSync(victim);
  writeFileSync(`${victim}/${newId()}.rep`, "not a reply");
  writeFileSync(`${victim}/letter`, "dear diary");
  const before = readdirSync(victim);
  const client = new RawSpoolClient(dir);
  rmdirSync(client.replyDirectory);
  symlinkSync(victim, client.replyDirectory);
  client.render("x");
  await waitUntil(() => events.some((event) => event.fields["outcome"] === "abandoned"));
  for (let round = 0; round < 3; round++) await clock.pass(31_000, dir);
  expect(readdirSync(victim)).toEqual(before);
  expect(existsSync(client.replyDirectory)).toBe(false);
  expect(readdirSync(`${dir}/v1/bad`)).toHaveLength(1);
});

test("never removes foreign files in a reply directory", async () => {
  const clock = new TestClock("stopped");
  const { dir } = await serve({ clock });
  const client = new RawSpoolClient(dir);
  writeFileSync(`${client.replyDirectory}/letter`, "dear diary");
  writeFileSync(`${client.replyDirectory}/letter.rep`, "dear diary");
  for (let round = 0; round < 4; round++) await clock.pass(31_000, dir);
  expect(readdirSync(client.replyDirectory).sort()).toEqual(["letter", "letter.rep"]);
});

test("a directory with the name of a reply loses only that reply", async () => {
  const { dir, events } = await serve();
  const client = new RawSpoolClient(dir);
  const id = newId();
  makeFull(client.replyPath(id));
  client.submit(id, JSON.stringify({ op: "ping", id }));
  await waitUntil(() => events.some((event) => event.fields["outcome"] === "abandoned"));
  expect((await client.reply(client.render("after"))).header.status).toBe("ok");
  expect(readdirSync(client.replyPath(id))).toEqual(["kept"]);
});

const LARGE = { code: "large", width: 400, height: 300 };

test.each([
  { kind: "a symbolic link", make: (path: string, victim: string) => symlinkSync(victim, path) },
  { kind: "a hard link", make: (path: string, victim: string) => linkSync(victim, path) },
  { kind: "a FIFO", make: (path: string) => execFileSync("mkfifo", [path]) },
  { kind: "a directory", make: makeFull },
  { kind: "a longer file", make: (path: string) => writeFileSync(path, Buffer.alloc(2 ** 20, "old")) },
  { kind: "a shorter file", make: (path: string) => writeFileSync(path, "old") },
])("$kind returned as a spare file does no harm", async ({ make }) => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const victim = `${dirname(dir)}/victim`;
  writeFileSync(victim, "dear diary");
  make(`${dir}/v1/tmp/${client.name}.spare`, victim);
  const { payload } = await client.reply(client.render(LARGE.code, LARGE));
  expect(pattern(LARGE).data.equals(payload)).toBe(true);
  expect(readFileSync(victim, "utf8")).toBe("dear diary");
  expect(readdirSync(`${dir}/v1/run`)).toEqual([]);
  expect(existsSync(`${dir}/v1/tmp/${client.name}.spare`)).toBe(false);
});

test("a client with too many unread replies gets no pictures until it reads them", async () => {
  const { dir, server } = await serve({ limits: { outstandingPerClient: 4 } });
  const client = new RawSpoolClient(dir);
  const other = new RawSpoolClient(dir);
  const ids: string[] = [];
  for (let count = 0; count < 12; count++) {
    const id = client.render("unread");
    await waitUntil(() => client.hasReply(id));
    ids.push(id);
  }
  expect((await other.reply(other.render("x"))).header.status).toBe("ok");
  const ping = newId();
  client.submit(ping, JSON.stringify({ op: "ping", id: ping }));
  expect((await client.reply(ping)).header.status).toBe("ok");
  expect(server.countUnreadReplies()).toBe(12);
  const statuses = [];
  for (const id of ids) statuses.push((await client.reply(id)).header.error?.code ?? "ok");
  expect(statuses).toEqual([
    ...Array.from({ length: 8 }, () => "ok"),
    ...Array.from({ length: 4 }, () => "FSOCK_UNREAD_REPLIES"),
  ]);
  expect((await client.reply(client.render("again"))).header.status).toBe("ok");
  expect(server.countUnreadReplies()).toBe(0);
});

test("a picture rendered after the deadline is not sent", async () => {
  const { dir } = await serve();
  const client = new RawSpoolClient(dir);
  const { header } = await client.reply(client.render("!block 400", { ttlMs: 100 }));
  expect(header).toMatchObject({ status: "expired", bytes: 0, error: { code: "FSOCK_DEADLINE" } });
});
