import { openStore, type ScriptStore } from "@gvpie/daemon/store";
import { createFileSocketServer } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startGvpie } from "./support/gvpie.ts";
import { gvpieSession } from "./support/session.ts";

let cwd: string;
let store: ScriptStore;

beforeEach(async () => {
  cwd = temporaryDirectory();
  store = await openStore({ path: join(cwd, "db/daemon.db"), synchronous: "normal" });
  onTestFinished(() => store.close());
});

/** Reports a daemon, which is this process. */
function beat(waiting: readonly { lang: "gvpie"; since: string; reason: string }[] = []): Promise<void> {
  const state = {
    dir: join(cwd, "shared"),
    cartridges: cwd,
    concurrency: 4,
    busy: 0,
    waiting,
    conditions: [],
  };
  const startedAt = new Date(Date.now() - 60_000).toISOString();
  return store.beat({ host: hostname(), pid: process.pid, version: "1.2.3", startedAt, state });
}

test("exits with 0 if all is well, and with 1 if the renderer has gone that scripts wait for", async () => {
  const server = await createFileSocketServer({
    dir: join(cwd, "shared"),
    render: ({ code }) => ({ ...renderProgram(code), backend: "cpu", adapter: "cpu" }),
    about: () => ({
      version: "4.5.6",
      host: "box",
      startedAt: new Date().toISOString(),
      backend: "cpu",
      adapter: "cpu",
    }),
  });
  onTestFinished(() => server.close());
  await beat();
  const [well, json] = await gvpieSession([["status"], ["status", "--json"]], { cwd });
  expect(well).toMatchObject({ status: 0, stderr: "" });
  expect(well?.stdout).toMatch(
    /^all is well\n\ndaemon +running, version 1\.2\.3, pid \d+ on .*\nrenderer +running, version 4\.5\.6, cpu,/,
  );
  expect(JSON.parse(json?.stdout ?? "")).toMatchObject({
    ok: true,
    problems: [],
    daemons: [{ state: "running", version: "1.2.3", concurrency: 4 }],
    renderers: [{ dir: join(cwd, "shared"), state: "running", about: { version: "4.5.6" } }],
    scripts: { total: 1, enabled: 1 },
  });

  await server.close();
  await beat([{ lang: "gvpie", since: new Date().toISOString(), reason: "no renderer answers" }]);
  const [bad] = await gvpieSession([["status"]], { cwd });
  expect(bad?.status).toBe(1);
  expect(bad?.stdout).toMatch(
    /^1 problem\nerror no renderer runs in \S+, and gvpie scripts have waited for \d+ m?s; start gvpie-daemon --dir \S+\n/,
  );
});

test("a missing database and bad options are refused", async () => {
  const [missing, json, age, argument] = await gvpieSession(
    [
      ["status", "--db", "no.db"],
      ["status", "--db", "no.db", "--json"],
      ["status", "--max-age", "1s"],
      ["status", "x"],
    ],
    { cwd },
  );
  expect(missing).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("gvpie db init") });
  expect(JSON.parse(json?.stdout ?? "")).toMatchObject({ error: { code: "STORE_MISSING" } });
  expect(age).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("--max-age: expected a duration from 20s to 1d"),
  });
  expect(argument).toMatchObject({ status: 2 });
});

test("a disabled or paused script that failed is not a problem", async () => {
  await beat();
  const terms = { intervalMs: 60_000, leaseMs: 60_000 };
  const [claimed] = await store.claimScripts([1], terms);
  const outcome = { success: false, stdout: "", stderr: "X_BROKEN: why", durationMs: 1 };
  await store.finishRuns([{ runId: claimed?.runId ?? 0, ...outcome }], terms);
  const results = await gvpieSession(
    [["status"], ["scripts", "pause", "hello_gpu"], ["status"], ["scripts", "resume", "hello_gpu"]],
    { cwd },
  );
  expect(results.map(({ status }) => status)).toEqual([1, 0, 0, 0]);
  expect(results[0]?.stdout).toContain(
    "hello_gpu failed in its last run: X_BROKEN: why; gvpie runs list --failed --script hello_gpu",
  );
  expect(results[2]?.stdout).toContain("failed    1 run in the last 24 h");
});

test("--watch prints one report after the other on a pipe, and ends with 0", async () => {
  const command = startGvpie(["status", "--watch", "--json"], { cwd });
  let output = "";
  command.child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(() => output.split("\n").length > 2);
  command.child.kill("SIGINT");
  expect(await command.result()).toMatchObject({ status: 0, stderr: "" });
  const reports = output
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { ok: boolean });
  expect(reports.every(({ ok }) => !ok)).toBe(true);
});
