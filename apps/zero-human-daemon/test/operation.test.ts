// Options and output for operators: what exists before the start, what is logged, and how much runs at once.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { createWorkspace, workspaceWith } from "./support/workspace.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;
const TIME = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] INFO: running the scripts of db\/daemon\.db/m;

describe("--no-create", () => {
  test("refuses to start without the directory of cartridges, and creates nothing", async () => {
    const workspace = await workspaceWith(BOX);
    const { status, stderr } = await workspace.start("--once", "--no-create").result();
    expect(status).toBe(78);
    expect(stderr).toContain(
      "expected a directory for cartridges at cartridges, got nothing: mount its volume, create it, or start without --no-create",
    );
    expect(existsSync(join(workspace.cwd, "cartridges"))).toBe(false);
  });

  test("refuses to start without the database, and creates nothing", async () => {
    const workspace = createWorkspace();
    mkdirSync(join(workspace.cwd, "cartridges"));
    const { status, stderr } = await workspace.start("--once", "--no-create").result();
    expect(status).toBe(78);
    expect(stderr).toContain("daemon.db: there is no database; create it with");
    expect(existsSync(join(workspace.cwd, "db"))).toBe(false);
  });

  test("starts if both exist", async () => {
    const workspace = await workspaceWith(BOX);
    mkdirSync(join(workspace.cwd, "cartridges"));
    expect(await workspace.start("--once", "--no-create").result()).toMatchObject({ status: 0 });
  });
});

describe("output", () => {
  test("pretty messages have a date, and JSON lines of runs a time", async () => {
    const workspace = await workspaceWith(BOX);
    const pretty = await workspace.start("--once").result();
    expect(pretty.stderr).toMatch(TIME);
    expect(pretty.stdout).toMatch(/^ok {6}box /);
    const json = await workspace.start("--once", "--log-format", "json").result();
    const line = JSON.parse(json.stdout) as { readonly time: string; readonly script: string };
    expect(line).toMatchObject({ script: "box", success: true });
    expect(new Date(line.time).toISOString()).toBe(line.time);
  });

  test("--log-level silent writes nothing to either stream", async () => {
    const workspace = await workspaceWith(BOX, { name: "bad", lang: "pixel", code: "FOO" });
    expect(await workspace.start("--once", "--log-level", "silent").result()).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "",
    });
  });
});

describe("--lang-concurrency", () => {
  test("is read from flags and the environment, and reported with the heartbeat", async () => {
    const workspace = await workspaceWith(BOX);
    const loop = workspace.start("--lang-concurrency", "gvpie=2", "--lang-concurrency", "python=1");
    await waitUntil(async () => (await workspace.withStore((store) => store.listWorkers())).length === 1);
    const [worker] = await workspace.withStore((store) => store.listWorkers());
    expect(worker).toMatchObject({
      pid: loop.child.pid,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      stoppedAt: undefined,
      state: { cartridges: join(workspace.cwd, "cartridges"), concurrency: 4, waiting: [], conditions: [] },
    });
    expect(await loop.kill("SIGTERM")).toBe(0);
    const [ended] = await workspace.withStore((store) => store.listWorkers());
    expect(ended?.stoppedAt).toBeDefined();
  });

  test.each([
    ["gvpie", "Expected <lang>=<n> with pixel, gvpie, cartridge, python as <lang> and 1 to 64 as <n>."],
    ["gvpie=0", "1 to 64"],
    ["gvpie=1e3", "1 to 64"],
    ["ruby=1", "1 to 64"],
    ["gvpie=1:gvpie=2", "Expected one number for each language, got two for gvpie."],
  ])("refuses %s", async (value, message) => {
    const { status, stderr } = await createWorkspace().start("--lang-concurrency", value).result();
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
