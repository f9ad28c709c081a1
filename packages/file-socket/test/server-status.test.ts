import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readServerStatus, type ServerAbout } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { expect, test } from "vitest";
import { IRREGULAR_FILES, placeVictim } from "./support/irregular-files.ts";
import { newSocketPath, serve, unservedDirectory } from "./support/serve.ts";
import { startServer } from "./support/processes.ts";

const ABSENT = { state: "absent", isProcessFound: false };
const ABOUT: ServerAbout = {
  version: "1.2.3",
  host: "panel-3",
  startedAt: "2026-11-25T08:12:27.678Z",
  backend: "cpu",
  adapter: "cpu",
};

/** Returns a directory whose server.json is that of a server of this process, with changes. */
async function directoryWith(changes: object): Promise<string> {
  const { dir, close } = await serve();
  const found = JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as object;
  await close();
  writeFileSync(`${dir}/v1/server.json`, JSON.stringify({ ...found, ...changes }));
  return dir;
}

test("a server that runs describes itself", async () => {
  const { dir, close } = await serve({ about: () => ABOUT });
  const status = readServerStatus(dir);
  expect(status).toEqual({
    state: "running",
    isProcessFound: true,
    pid: process.pid,
    heartbeatAgeMs: expect.any(Number),
    about: ABOUT,
  });
  await close();
  expect(readServerStatus(dir)).toEqual(ABSENT);
});

test("a change shows at the next heartbeat", async () => {
  let adapter = "cpu";
  const { dir } = await serve({ about: () => ({ ...ABOUT, adapter }) });
  expect(readServerStatus(dir).about?.adapter).toBe("cpu");
  adapter = "GPU 7";
  await waitUntil(() => readServerStatus(dir).about?.adapter === "GPU 7");
});

test("a server without a description has none", async () => {
  const { dir } = await serve();
  expect(readServerStatus(dir)).toMatchObject({ state: "running" });
  expect(readServerStatus(dir)).not.toHaveProperty("about");
});

test("long texts are cut, so that clients can read the file", async () => {
  const { dir } = await serve({ about: () => ({ ...ABOUT, adapter: "€".repeat(100_000) }) });
  expect(readServerStatus(dir).about?.adapter).toBe("€".repeat(256));
});

test("no server: no directory, no tree, an empty tree", () => {
  expect(readServerStatus(newSocketPath())).toEqual(ABSENT);
  const dir = newSocketPath();
  mkdirSync(dir, { mode: 0o700 });
  expect(readServerStatus(dir)).toEqual(ABSENT);
  expect(readServerStatus(unservedDirectory())).toEqual(ABSENT);
});

test("a killed server leaves a stale file", async () => {
  const dir = newSocketPath();
  const server = await startServer(dir);
  expect(readServerStatus(dir)).toMatchObject({ isProcessFound: true, pid: server.child.pid });
  await server.kill("SIGKILL");
  expect(readServerStatus(dir)).toMatchObject({ isProcessFound: false, pid: server.child.pid });
});

test("a heartbeat that is old: its process is stuck, or has ended", async () => {
  const heartbeatAt = Date.now() - 60_000;
  const stuck = readServerStatus(await directoryWith({ heartbeatAt }));
  expect(stuck).toMatchObject({ state: "stale", isProcessFound: true, pid: process.pid });
  expect(stuck.heartbeatAgeMs).toBeGreaterThanOrEqual(60_000);
  // The same pid, but another process of an earlier time or boot.
  for (const identity of [{ startTicks: "1" }, { bootId: "another boot" }]) {
    const ended = readServerStatus(await directoryWith({ heartbeatAt, ...identity }));
    expect(ended).toMatchObject({ state: "stale", isProcessFound: false });
  }
  const future = readServerStatus(await directoryWith({ heartbeatAt: Date.now() + 60_000 }));
  expect(future).toMatchObject({ state: "stale", heartbeatAgeMs: 0 });
});

test.each<[string, string]>([
  ["an empty file", ""],
  ["half a file", '{"v":1,"epoch"'],
  ["null", "null"],
  ["a later version", '{"v":2,"heartbeatAt":1,"limits":{"outstandingPerClient":8}}'],
  ["a long file", `{"v":1,${" ".repeat(65_536)}}`],
])("%s counts as none", (_, content) => {
  const dir = unservedDirectory();
  writeFileSync(`${dir}/v1/server.json`, content);
  expect(readServerStatus(dir)).toEqual(ABSENT);
});

test.each<[string, object]>([
  ["a text", { about: "GPU" }],
  ["null", { about: null }],
  ["a missing text", { about: { ...ABOUT, host: undefined } }],
  ["a number", { about: { ...ABOUT, adapter: 7 } }],
])("about that is %s is left out", async (_, changes) => {
  const status = readServerStatus(await directoryWith(changes));
  expect(status.state).toBe("running");
  expect(status).not.toHaveProperty("about");
});

test.each([{ pid: "1" }, { pid: 0.5 }, { pid: null }, { capabilities: "all" }, { startTicks: {} }])(
  "%j in the file is harmless",
  async (changes) => {
    const status = readServerStatus(await directoryWith(changes));
    expect(status.state).toBe("running");
    expect(JSON.stringify(status)).not.toContain('"all"');
  },
);

test.each(IRREGULAR_FILES)("$kind in its place is not read", ({ make }) => {
  const dir = unservedDirectory();
  make(`${dir}/v1/server.json`, placeVictim(dir));
  expect(readServerStatus(dir)).toEqual(ABSENT);
});

test("a directory that another user could write in is refused", () => {
  const dir = unservedDirectory();
  chmodSync(dir, 0o777);
  expect(() => readServerStatus(dir)).toThrow("is writable by others (mode 777)");
  chmodSync(dir, 0o700);
  symlinkSync(dir, `${dir}-link`);
  expect(() => readServerStatus(`${dir}-link`)).toThrow("is a symbolic link");
  rmSync(`${dir}-link`);
});
