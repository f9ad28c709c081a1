import { chmodSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { keyObjectOf } from "@gvpie/app-common/capability";
import { createAuthority, createKey, publicKeyOf, thumbprintOf } from "@gvpie/capability";
import { openStore } from "@gvpie/daemon/store";
import { createFileSocketServer } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import type { ExitStatus } from "@gvpie/testing";
import { noDriver } from "@gvpie/testing/gpu-drivers";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

// backends.test.ts tests the checks of adapters.
const env = noDriver();

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

async function doctor(cwd: string): Promise<{ status: ExitStatus; statuses: Record<string, string> }> {
  const { status, stdout } = await gvpie(["doctor", "--dir", "shared", "--db", "x.db", "--json"], {
    cwd,
    env,
  });
  const checks = JSON.parse(stdout) as Check[];
  return { status, statuses: Object.fromEntries(checks.map(({ name, status }) => [name, status])) };
}

test("a machine without adapter, directory and database gets notes only", async () => {
  const cwd = temporaryDirectory();
  const { status, stdout } = await gvpie(["doctor", "--dir", "shared", "--db", "x.db"], { cwd, env });
  expect(status).toBe(0);
  expect(stdout.split("\n").map((line) => line.slice(0, 17).trimEnd())).toEqual([
    "ok    gvpie",
    "ok    node",
    "ok    self-test",
    "note  adapter",
    "note  directory",
    "note  renderer",
    "note  database",
    "ok    disk",
    "",
  ]);
});

test("a renderer that returns the same bytes is ok", async () => {
  const cwd = temporaryDirectory();
  const server = await createFileSocketServer({
    dir: join(cwd, "shared"),
    render: ({ code, width, height }) => ({
      ...renderProgram(code, { width, height }),
      backend: "cpu",
      adapter: "cpu",
    }),
  });
  onTestFinished(() => server.close());
  await gvpie(["db", "init", "--db", "x.db"], { cwd });
  expect(await doctor(cwd)).toEqual({
    status: 0,
    statuses: {
      gvpie: "ok",
      node: "ok",
      "self-test": "ok",
      adapter: "note",
      directory: "ok",
      renderer: "ok",
      database: "ok",
      files: "ok",
      disk: "ok",
      clock: "ok",
      daemons: "note",
    },
  });
});

test("a renderer that returns different bytes is bad", async () => {
  const cwd = temporaryDirectory();
  const server = await createFileSocketServer({
    dir: join(cwd, "shared"),
    render: ({ width, height }) => ({
      ...renderProgram("HALT", { width, height }),
      backend: "cpu",
      adapter: "cpu",
    }),
  });
  onTestFinished(() => server.close());
  expect(await doctor(cwd)).toMatchObject({ status: 1, statuses: { directory: "ok", renderer: "bad" } });
});

test.each([
  ["accept", /^renders the same bytes as this command, on cpu, adapter cpu; capabilities: accept$/],
  ["require", /^running; capabilities: require, so it renders nothing for this command$/],
] as const)("a renderer with capabilities is ok, and the mode is shown: %s", async (mode, detail) => {
  const cwd = temporaryDirectory();
  const [root, key] = await Promise.all([createKey(), createKey()]);
  const authority = createAuthority({ roots: [publicKeyOf(root)], audience: await thumbprintOf(key) });
  const server = await createFileSocketServer({
    dir: join(cwd, "shared"),
    render: ({ code, width, height }) => ({
      ...renderProgram(code, { width, height }),
      backend: "cpu",
      adapter: "cpu",
    }),
    capabilities: { mode, authority, key: keyObjectOf(key), answeredFile: join(cwd, "answered") },
  });
  onTestFinished(() => server.close());
  const { stdout } = await gvpie(["doctor", "--dir", "shared", "--db", "x.db", "--json"], { cwd, env });
  const renderer = (JSON.parse(stdout) as Check[]).find(({ name }) => name === "renderer");
  expect(renderer).toEqual({
    name: "renderer",
    status: "ok",
    detail: expect.stringMatching(detail) as string,
  });
});

test("a daemon that was killed, a damaged database and a file that every user can write are bad", async () => {
  const cwd = temporaryDirectory();
  const path = join(cwd, "x.db");
  const store = await openStore({ path });
  const state = { dir: undefined, cartridges: "", concurrency: 1, busy: 0, waiting: [], conditions: [] };
  const beat = { host: "elsewhere", pid: 1, version: "1", startedAt: "2999-01-01T00:00:00.000Z", state };
  await store.beat(beat);
  await store.close();
  const database = new DatabaseSync(path);
  database.exec("UPDATE workers SET seen_at_ms = seen_at_ms - 100000, seen_at = '2999-01-01T00:00:00.000Z'");
  const [page] = database
    .prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'script_renders'")
    .all();
  database.close();
  chmodSync(path, 0o666);
  expect(await doctor(cwd)).toMatchObject({
    status: 1,
    statuses: { database: "ok", files: "bad", disk: "ok", clock: "bad", daemons: "bad" },
  });
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(4096, 7), 0, 4096, (Number(page?.["page"]) - 1) * 4096);
  closeSync(file);
  expect(await doctor(cwd)).toMatchObject({ status: 1, statuses: { database: "bad" } });
});

test("a directory that other users can write to is bad, and so is a file that is not a database", async () => {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, "shared"));
  chmodSync(join(cwd, "shared"), 0o777);
  writeFileSync(join(cwd, "x.db"), "hello\n".repeat(1000));
  expect(await doctor(cwd)).toMatchObject({
    status: 1,
    statuses: { directory: "bad", renderer: "bad", database: "bad" },
  });
});
