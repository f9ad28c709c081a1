import { openStore, type ScriptStore } from "@gvpie/daemon/store";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { waitUntil } from "@gvpie/testing";
import Database from "better-sqlite3";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { waitForRun } from "../src/commands/wait-for-run.ts";
import { startGvpie } from "./support/gvpie.ts";
import { gvpieSession, type SessionResult } from "./support/session.ts";

const TERMS = { intervalMs: 1_000, leaseMs: 60_000 };
let cwd: string;
let store: ScriptStore;

beforeEach(async () => {
  cwd = temporaryDirectory();
  store = await openStore({ path: join(cwd, "db/daemon.db"), synchronous: "normal" });
  onTestFinished(() => store.close());
  await store.addScript({ name: "clock", lang: "pixel", code: "HALT\n" });
});

const WORKER = { dir: undefined, cartridges: "", concurrency: 1, busy: 0, waiting: [], conditions: [] };

function beat(): Promise<void> {
  return store.beat({
    host: "box",
    pid: 1,
    version: "1",
    startedAt: new Date().toISOString(),
    state: WORKER,
  });
}

/** Runs commands of the group `scripts` one after the other. */
async function run(...commands: string[][]): Promise<SessionResult[]> {
  return gvpieSession(
    commands.map((args) => ["scripts", ...args]),
    { cwd },
  );
}

test("pauses and resumes by name and all; an unknown name does not stop the rest", async () => {
  const results = await run(
    ["pause", "clok", "clock"],
    ["pause", "clock"],
    ["pause", "--all"],
    ["list"],
    ["resume", "--all"],
    ["resume", "clock"],
    ["resume", "clock"],
  );
  expect(results.map(({ status }) => status)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  expect(results.map(({ stderr }) => stderr.replace(/since \S+;/, "since then;"))).toEqual([
    'gvpie scripts pause: there is no script named "clok"; did you mean "clock"?\npaused clock\n',
    "clock was paused already\n",
    "paused all starts\n",
    "warning: all starts are paused since then; gvpie scripts resume --all\n",
    "resumed all starts\n",
    "resumed clock\n",
    "clock was not paused\n",
  ]);
  expect(results[3]?.stdout).toMatch(/^clock +pixel +paused +0 of 0 +never$/m);
});

const WRONG: readonly (readonly [string[], string])[] = [
  [["pause"], "expected names of scripts or --all, got neither"],
  [["resume", "clock", "--all"], "expected names of scripts or --all, got both"],
  [["rename", "clock"], "expected <name> <new name>"],
  [
    ["run", "clock", "--wait", "--timeout", "soon"],
    "--timeout: expected a duration from 1ms to 1d, such as 500ms,",
  ],
  [["set", "clock", "--interval", "1y"], "--interval: expected a duration from 1ms to 365d, such as"],
  [["set", "clock", "--interval", "0"], "--interval: expected a duration from 1ms"],
  [["set", "clock", "--interval", "1h", "--cron", "* * * * *"], "expected --interval or --cron, got both"],
  [["set", "clock", "--size", "128"], '--size: expected width and height, such as 128x64, got "128"'],
  [["set", "clock", "--size", "8x8", "--width", "8"], "expected --size, or --width and --height, got both"],
  [["set", "clock", "--missed", "maybe"], '--missed: expected once or skip, got "maybe"'],
  [["set", "clock", "--retries", "101"], "--retries: expected a whole number from 0 to 100"],
  [["set", "clock", "--code", "x", "--code-version", "1"], "expected --code or --code-version, got both"],
];
const REFUSED: readonly (readonly [string[], string])[] = [
  [["set", "clock", "--cron", "0 6 * *"], "cron: expected "],
  [["set", "clock", "--cron", "0 6 * * *", "--tz", "Mars/Olympus"], "timeZone: expected "],
  [["set", "clock", "--tz", "Europe/Berlin"], "timeZone: expected a cron line"],
];

test("wrong usage exits with 2, a value that the store refuses with 1; both say what was expected", async () => {
  const before = await store.getScript("clock");
  const cases = [...WRONG, ...REFUSED];
  const results = await run(...cases.map(([args]) => args));
  for (const [i, [args, says]] of cases.entries()) {
    expect([args, results[i]]).toEqual([
      args,
      { status: i < WRONG.length ? 2 : 1, stdout: "", stderr: expect.stringContaining(says) },
    ]);
    expect(results[i]?.stderr).not.toContain("    at ");
  }
  expect(await store.getScript("clock")).toEqual(before);
});

test("every option is set, shown and removed", async () => {
  const schedule = ["--cron", "0 6 * * *", "--tz", "Europe/Berlin", "--missed", "skip"];
  const [set, list, interval] = await run(
    ["set", "clock", ...schedule, "--timeout", "90s", "--retries", "2", "--size", "64x32"],
    ["list"],
    ["set", "clock", "--interval", "1.5h", "--size", "none"],
  );
  expect(set?.stderr.split("\n")).toEqual([
    "clock: width is 64, was none",
    "clock: height is 32, was none",
    "clock: cron is 0 6 * * *, was none",
    "clock: time zone is Europe/Berlin, was none",
    "clock: missed is skip, was none",
    "clock: timeout is 90s, was none",
    "clock: retries is 2, was none",
    "",
  ]);
  expect(list?.stdout).toMatch(/^clock .* 0 6 \* \* \* Europe\/Berlin +(now|in) /m);
  expect(interval?.stderr).toContain("clock: interval is 90m, was none\n");
  expect((await store.getScript("clock")).options).toEqual({
    intervalMs: 5_400_000,
    missed: "skip",
    timeoutMs: 90_000,
    retries: 2,
  });
});

test("rename keeps the runs; versions are listed, printed and brought back", async () => {
  await store.updateScript("clock", { code: "RECT 0 0 1 1\n" });
  const name = "big\u001bben";
  const [taken, renamed, versions, shown, missing, set] = await run(
    ["rename", "clock", "hello_gpu"],
    ["rename", "clock", name],
    ["versions", name],
    ["show", name, "--version", "1"],
    ["show", name, "--version", "9"],
    ["set", name, "--code-version", "1"],
  );
  expect(taken).toMatchObject({ status: 1, stderr: expect.stringContaining("already") });
  expect(renamed).toMatchObject({ status: 0, stderr: "renamed clock to big␛ben\n" });
  expect(versions?.stdout).toMatch(
    /^VERSION +LANGUAGE +BYTES +REPLACED\npresent +pixel +13\n1 +pixel +5 +\d{4}-\S+Z\n$/,
  );
  expect(shown?.stdout).toBe("HALT\n");
  expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining("9") });
  expect(set?.stderr).toBe("big␛ben: code is 5 bytes, was 13 bytes\n");
  expect((await store.getScript(name)).code).toBe("HALT\n");
});

test("run --wait prints the run that it asked for; its exit code is that of the run", async () => {
  await beat();
  const command = startGvpie(["scripts", "run", "clock", "--wait", "--json"], { cwd });
  await store.setPaused(undefined, true);
  let runId: number | undefined;
  await waitUntil(async () => {
    [{ runId } = { runId: undefined }] = await store.claimDue(1, ["pixel"], TERMS);
    return runId !== undefined;
  });
  const outcome = { success: false, stdout: "", stderr: "X: y", durationMs: 3 };
  await store.finishRuns([{ runId: runId ?? 0, ...outcome }], TERMS);
  const { status, stdout, stderr } = await command.result();
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ id: runId, success: false, scriptName: "clock" });
});

test("run says that no daemon runs, and --wait ends with what to do", async () => {
  const [alone, waited] = await run(["run", "clock"], ["run", "clock", "--wait", "--timeout", "50ms"]);
  const noDaemon = "no daemon is running: clock starts when zero-human-daemon --db db/daemon.db runs\n";
  expect(alone).toEqual({ status: 0, stdout: "", stderr: noDaemon });
  expect(waited).toEqual({
    status: 1,
    stdout: "",
    stderr: `${noDaemon}gvpie scripts run: expected a run of clock to end within 50ms, got none that started; gvpie status says why\n`,
  });
  await beat();
  expect(await run(["run", "clock"])).toMatchObject([{ status: 0, stderr: "clock starts next\n" }]);
});

test.each([
  ["no daemon came", async () => {}, "no daemon for 20s: start zero-human-daemon; the request stays"],
  [
    "its daemon was killed",
    async () => void (await store.claimDue(1, ["pixel"], TERMS)),
    "no daemon for 20s: start zero-human-daemon; it records run 1 as lost, and the script runs again",
  ],
  [
    "it was deleted",
    async () => {
      const [claimed] = await store.claimDue(1, ["pixel"], TERMS);
      const outcome = { success: true, stdout: "", stderr: "", durationMs: 3 };
      await store.finishRuns([{ runId: claimed?.runId ?? 0, ...outcome }], TERMS);
      const database = new Database(store.path);
      database.exec("DELETE FROM improvement_runs");
      database.close();
    },
    "run 1, whose row was deleted: raise --keep-runs of the daemon",
  ],
])("a wait for a run ends when %s", async (_, happens, found) => {
  const request = await store.requestRun("clock");
  let time = 0;
  const pause = async (ms: number): Promise<void> => {
    if (time === 0) await happens();
    time += ms;
  };
  await expect(
    waitForRun(store, { name: "clock", request, timeoutMs: 60_000, now: () => time, pause }),
  ).rejects.toMatchObject({
    code: "RUN_NOT_ENDED",
    message: `expected a run of clock to end, got ${found}`,
  });
});

test("a wait for a run lasts for its whole time while a daemon runs", async () => {
  await beat();
  const request = await store.requestRun("clock");
  let time = 0;
  const pause = async (ms: number): Promise<void> => void (time += ms);
  await expect(
    waitForRun(store, { name: "clock", request, timeoutMs: 60_000, now: () => time, pause }),
  ).rejects.toMatchObject({ message: expect.stringContaining("within 1m, got none that started") });
  expect(time).toBe(60_000);
});
