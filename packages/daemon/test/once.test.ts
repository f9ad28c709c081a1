import { decodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import {
  createCartridgeRunner,
  createDaemon,
  createPixelRunner,
  RunError,
  type DaemonOptions,
  type Runner,
  type RunReport,
} from "@gvpie/daemon";
import { MAX_CODE_BYTES, type ScriptStore } from "@gvpie/daemon/store";
import { createCpuRasterizer, renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { asOtherTool, expectCountersToMatch, openTestStore, TERMS } from "./support/test-store.ts";

const rasterizer = createCpuRasterizer();
const pixel = createPixelRunner({ rasterizer });
const cartridge = createCartridgeRunner({ rasterizer });

async function runOnce(
  store: ScriptStore,
  cartridges: string,
  options: Partial<DaemonOptions> = {},
): Promise<RunReport[]> {
  return createDaemon({ store, cartridges, runners: { pixel, cartridge }, ...options }).runOnce();
}

describe("runOnce", () => {
  test("runs every enabled script once, due or not, and saves verifiable cartridges", async () => {
    const { store, path } = await openTestStore();
    const folder = join(temporaryDirectory(), "made", "when needed");
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const options = { width: 8, height: 4, background: "#123456" };
    await store.addScript({ name: "b c/d", lang: "pixel", code: "RECT 1 1 2 2", options });
    await store.addScript({ name: "off", lang: "pixel", code: "HALT", enabled: false });

    const reports = await runOnce(store, folder);
    expect(reports.map((run) => run.name).sort()).toEqual(["a", "b c/d"]);
    const b = reports.find((run) => run.name === "b c/d");
    expect(b).toEqual({
      runId: 2,
      scriptId: 3,
      name: "b c/d",
      lang: "pixel",
      success: true,
      stdout: "drew 8×4 pixels",
      stderr: "",
      durationMs: expect.any(Number),
      lateMs: 0,
      backend: "cpu",
      cartridgePath: expect.stringMatching(/\/b_c_d_\d{13}_2\.png$/),
      isNewCartridge: true,
    });
    expect(await store.getRun(2)).toMatchObject({
      success: true,
      backend: "cpu",
      cartridgePath: b?.cartridgePath,
    });
    expectCountersToMatch(path);

    const bytes = readFileSync(b?.cartridgePath ?? "");
    expect((await decodeCartridge(bytes)).metadata.gvpie).toMatchObject({
      program: "RECT 1 1 2 2",
      background: "#123456",
      width: 8,
      height: 4,
      engine: "cpu",
    });
    expect(await verifyCartridge(bytes, { render: renderProgram })).toMatchObject({ status: "verified" });

    expect(await runOnce(store, folder)).toHaveLength(2);
    expect(await store.listRuns()).toHaveLength(4);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("waits for a script that another process is running, then runs it", async () => {
    const { store, path } = await openTestStore();
    const { store: other } = await openTestStore({ path });
    for (const name of ["busy", "dead", "free", "disabled meanwhile", "removed meanwhile"]) {
      await store.addScript({ name, lang: "pixel", code: "HALT" });
    }
    const held = await other.claimScripts([2, 5, 6], TERMS);
    await other.claimScripts([3], { ...TERMS, leaseMs: 600 });
    const running = runOnce(store, temporaryDirectory(), { leaseMs: 300 });
    await sleep(250);
    await store.updateScript("disabled meanwhile", { enabled: false });
    await store.removeScript("removed meanwhile");
    const [busy] = held;
    const outcome = { runId: busy?.runId ?? 0, success: true, stdout: "", stderr: "", durationMs: 1 };
    await other.finishRuns([outcome], TERMS);
    expect((await running).map((run) => run.name)).toEqual(["free", "busy", "dead"]);
    expect((await store.listRuns({ script: "dead" })).map((run) => run.stderr)).toEqual([
      "",
      expect.stringMatching(/^RUN_LOST: /),
    ]);
    expectCountersToMatch(path);
  });

  test("runs only once, and not after close", async () => {
    const { store } = await openTestStore();
    const daemon = createDaemon({ store, cartridges: temporaryDirectory(), runners: {} });
    expect(await daemon.runOnce()).toEqual([]);
    await expect(daemon.runOnce()).rejects.toThrow(/create another/);
    await expect(daemon.run()).rejects.toThrow(/create another/);
    await daemon.close();
    await using closed = createDaemon({ store, cartridges: temporaryDirectory(), runners: { pixel } });
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    await closed.close();
    expect(await closed.runOnce()).toEqual([]);
  });

  test("close ends it after the runs in progress", async () => {
    const { store } = await openTestStore();
    for (const name of ["a", "b", "c"]) await store.addScript({ name, lang: "pixel", code: "HALT" });
    const slow: Runner = {
      run: async () => {
        await sleep(100);
        return { drawing: undefined, stdout: "done", stderr: "" };
      },
    };
    const daemon = createDaemon({
      store,
      cartridges: temporaryDirectory(),
      runners: { pixel: slow },
      concurrency: 2,
    });
    const running = daemon.runOnce();
    await sleep(30);
    await daemon.close();
    expect((await running).map((run) => run.stdout)).toEqual(["done", "done"]);
    expect(await store.listRuns()).toHaveLength(2);
  });

  test("rejects if the store is closed", async () => {
    const { store } = await openTestStore();
    await store.close();
    await expect(runOnce(store, temporaryDirectory())).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });

  test("rejects with the error thrown by onRun", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const onRun = (): never => {
      throw new Error("stdout is gone");
    };
    await expect(runOnce(store, temporaryDirectory(), { onRun })).rejects.toThrow("stdout is gone");
  });

  test.each([
    { concurrency: 0 },
    { concurrency: 1.5 },
    { intervalMs: -1 },
    { leaseMs: 99 },
    { timeoutMs: 0 },
  ])("%j is a RangeError", async (options) => {
    const { store } = await openTestStore();
    expect(() => createDaemon({ store, cartridges: "x", runners: {}, ...options })).toThrow(RangeError);
  });
});

test("parameters are rendered and recorded, and changed ones give a new cartridge", async () => {
  const { store } = await openTestStore();
  const folder = temporaryDirectory();
  const code = "PARAM time 00:00\nTXT 1 1 {time}";
  await store.addScript({ name: "clock", lang: "pixel", code, options: { params: { time: "12:34" } } });
  const [first] = await runOnce(store, folder);
  const bytes = readFileSync(first?.cartridgePath ?? "");
  const { frame, metadata } = await decodeCartridge(bytes);
  expect(metadata.gvpie?.params).toEqual({ time: "12:34" });
  expect(frame.data).toEqual(renderProgram("TXT 1 1 12:34").data);
  expect(await verifyCartridge(bytes, { render: renderProgram })).toMatchObject({ status: "verified" });

  expect(await runOnce(store, folder)).toMatchObject([{ isNewCartridge: false }]);
  await store.updateScript("clock", { options: { params: { time: "12:35" } } });
  expect(await runOnce(store, folder)).toMatchObject([{ isNewCartridge: true }]);

  const url = `data:image/png;base64,${bytes.toString("base64")}`;
  await store.updateScript("clock", { lang: "cartridge", code: url, options: {} });
  const [copy] = await runOnce(store, folder);
  const copied = await decodeCartridge(readFileSync(copy?.cartridgePath ?? ""));
  expect(copied.metadata.gvpie?.params).toEqual({ time: "12:34" });

  await store.updateScript("clock", { lang: "pixel", code, options: { params: { date: 1 } } });
  expect(await runOnce(store, folder)).toMatchObject([
    { success: false, stderr: expect.stringMatching(/^RASTER_BAD_PARAM: .*"date"/) },
  ]);
});

describe('save: "changed"', () => {
  async function drawing(): Promise<{ store: ScriptStore; folder: string }> {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 A" });
    return { store, folder: temporaryDirectory() };
  }

  test("refers to the first file for the same pixels from the same program", async () => {
    const { store, folder } = await drawing();
    const [first] = await runOnce(store, folder);
    const [second] = await runOnce(store, folder);
    expect(second).toMatchObject({
      cartridgePath: first?.cartridgePath,
      isNewCartridge: false,
      success: true,
    });
    expect(readdirSync(folder)).toEqual([basename(first?.cartridgePath ?? "")]);
  });

  test("refers to the first file when the script is changed back", async () => {
    const { store, folder } = await drawing();
    const [a] = await runOnce(store, folder);
    await store.updateScript("a", { code: "TXT 1 1 B" });
    const [b] = await runOnce(store, folder);
    await store.updateScript("a", { code: "TXT 1 1 A" });
    const [again] = await runOnce(store, folder);
    expect(b).toMatchObject({ isNewCartridge: true });
    expect(again).toMatchObject({ cartridgePath: a?.cartridgePath, isNewCartridge: false });
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test.each<[string, Parameters<ScriptStore["updateScript"]>[1]]>([
    ["another program with the same pixels", { code: "TXT 1 1 A\nHALT" }],
    ["another background", { options: { background: "#000001" } }],
    ["another size", { options: { width: 129 } }],
    [
      "another parameter with the same pixels",
      { code: "PARAM a 1\nTXT 1 1 A", options: { params: { a: 2 } } },
    ],
  ])("saves a new file for %s", async (_, change) => {
    const { store, folder } = await drawing();
    await runOnce(store, folder);
    await store.updateScript("a", change);
    expect(await runOnce(store, folder)).toMatchObject([{ isNewCartridge: true }]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("writes a deleted file again, and refers to it from then on", async () => {
    const { store, folder } = await drawing();
    const [first] = await runOnce(store, folder);
    rmSync(first?.cartridgePath ?? "");
    const [second] = await runOnce(store, folder);
    expect(second).toMatchObject({ isNewCartridge: true });
    expect(await runOnce(store, folder)).toMatchObject([
      { isNewCartridge: false, cartridgePath: second?.cartridgePath },
    ]);
  });

  test('writes a file for every run with save: "always"', async () => {
    const { store, folder } = await drawing();
    for (let i = 0; i < 3; i++) {
      expect(await runOnce(store, folder, { save: "always" })).toMatchObject([{ isNewCartridge: true }]);
    }
    expect(readdirSync(folder)).toHaveLength(3);
    expect(await runOnce(store, folder)).toMatchObject([{ isNewCartridge: false }]);
  });
});

describe("the stderr of a failed run", () => {
  const throwing = (reason: unknown): Runner => ({
    async run() {
      throw reason;
    },
  });

  test.each<[string, RegExp, Parameters<ScriptStore["addScript"]>[0]["lang"], string]>([
    [
      "every diagnostic",
      /^PXL_UNKNOWN_OPCODE: line 1, column 1: .*\nPXL_MISSING_OPERAND: line 2, column 6: /,
      "pixel",
      "FOO\nTXT 1",
    ],
    ["the rasteriser's limits", /^RASTER_LIMIT_PAINTED: /, "pixel", "RECT 0 0 128 64\n".repeat(140_000)],
    [
      "python",
      /^PYTHON_DISABLED: python scripts are disabled; zero-human-daemon runs them with --python$/,
      "python",
      "print(1)",
    ],
    ["no runner", /^NO_RUNNER: .*gvpie$/, "gvpie", "HALT"],
    ["a missing file", /^CARTRIDGE_UNREADABLE: ENOENT/, "cartridge", "no/such/file.png"],
    ["an empty path", /^CARTRIDGE_UNREADABLE: expected the path of a PNG/, "cartridge", " \n "],
    ["a path of two lines", /^CARTRIDGE_UNREADABLE: expected the path of a PNG/, "cartridge", "a\nb"],
    [
      "a data URL with another type",
      /^CARTRIDGE_UNREADABLE: expected a data URL that starts with/,
      "cartridge",
      "data:image/gif;base64,AAAA",
    ],
    ["a data URL without a PNG", /^CARTRIDGE_NOT_PNG: /, "cartridge", "data:image/png;base64,AAAA"],
    ["a folder", /^CARTRIDGE_UNREADABLE: .*is not a regular file$/, "cartridge", "/tmp"],
  ])("%s", async (_, stderr, lang, code) => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang, code });
    const [report] = await runOnce(store, temporaryDirectory());
    expect(report).toMatchObject({ success: false, cartridgePath: undefined, stdout: "" });
    expect(report?.stderr).toMatch(stderr);
    expect(await store.getRun(1)).toMatchObject({ success: false, stderr: report?.stderr });
    expectCountersToMatch(path);
  });

  test("code that is too long", async () => {
    const { store, path } = await openTestStore();
    asOtherTool(path, (database) =>
      database
        .prepare("INSERT INTO improvement_scripts (name, lang, code) VALUES ('huge', 'pixel', ?)")
        .run("#".repeat(MAX_CODE_BYTES + 1)),
    );
    expect(await runOnce(store, temporaryDirectory())).toMatchObject([
      { stderr: expect.stringMatching(/^SCRIPT_TOO_LARGE: /) },
    ]);
  });

  test.each<[string, unknown, string]>([
    ["an error without a code", new Error("no more ink"), "RUN_FAILED: no more ink"],
    ["a thrown string", "ink", "RUN_FAILED: ink"],
    ["an error with a code", Object.assign(new Error("no ink"), { code: "E_INK" }), "E_INK: no ink"],
    ["a RunError", new RunError("NO_RENDERER", "gone"), "NO_RENDERER: gone"],
  ])("%s", async (_, error, stderr) => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const runners = { pixel: throwing(error) };
    expect(await runOnce(store, temporaryDirectory(), { runners })).toMatchObject([
      { success: false, stderr },
    ]);
  });

  test("cuts long diagnostics and output", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "bad", lang: "pixel", code: "X\n".repeat(5_000) });
    await store.addScript({ name: "chatty", lang: "gvpie", code: "" });
    const gvpie: Runner = { run: async () => ({ drawing: undefined, stdout: "x".repeat(1e6), stderr: "" }) };
    const reports = await runOnce(store, temporaryDirectory(), { runners: { pixel, gvpie } });
    const bad = reports.find((run) => run.name === "bad")?.stderr.split("\n");
    expect(bad).toHaveLength(21);
    expect(bad?.at(-1)).toMatch(/^… and \d+ more$/);
    expect(reports.find((run) => run.name === "chatty")?.stdout).toHaveLength(16_382);
  });

  test("a cartridge folder that is a file", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const events: string[] = [];
    const options = { onEvent: ({ message }: { message: string }) => events.push(message) };
    expect(await runOnce(store, file, options)).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^E[A-Z]+: /) },
    ]);
    expect(events).toEqual([expect.stringMatching(/^cannot sweep the cartridge folder: /)]);
  });

  test("a script over its time limit", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "endless", lang: "pixel", code: "HALT" });
    let reason: unknown;
    const endless: Runner = {
      run: (_, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => (reason = signal.reason))),
    };
    const [report] = await runOnce(store, temporaryDirectory(), {
      runners: { pixel: endless },
      timeoutMs: 50,
    });
    expect(report?.stderr).toBe("RUN_TIMEOUT: the run took longer than 50 ms");
    expect(reason).toMatchObject({ code: "RUN_TIMEOUT" });
  });

  test("a run that lost its lease is reported as lost, and its late result is not recorded", async () => {
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", lang: "pixel", code: "HALT" });
    const events: string[] = [];
    const slow: Runner = {
      async run() {
        // As after a suspend of the machine: another loop finds that the lease has expired.
        asOtherTool(path, (database) => database.exec("UPDATE script_schedule SET lease_until_ms = 1"));
        const other = await openTestStore({ path });
        await other.store.failExpiredRuns("RUN_LOST: gone", TERMS);
        return { drawing: undefined, stdout: "too late", stderr: "" };
      },
    };
    const reports = await runOnce(store, temporaryDirectory(), {
      runners: { pixel: slow },
      onEvent: (event) => events.push(event.type),
    });
    expect(reports).toMatchObject([{ success: false, stderr: expect.stringMatching(/^RUN_LOST: /) }]);
    expect(await store.listRuns()).toMatchObject([{ success: false, stderr: "RUN_LOST: gone" }]);
    expect(events).toEqual(["lost"]);
    expectCountersToMatch(path);
  });
});

describe("cartridge scripts", () => {
  test("render the program of a file or a data URL again", async () => {
    const { store } = await openTestStore();
    const folder = temporaryDirectory();
    await store.addScript({
      name: "source",
      lang: "pixel",
      code: "TXT 1 1 A",
      options: { width: 9, background: "#ffffff88" },
    });
    const [source] = await runOnce(store, folder);
    await store.removeScript("source");
    const bytes = readFileSync(source?.cartridgePath ?? "");
    symlinkSync(source?.cartridgePath ?? "", join(folder, "link.png"));
    await store.addScript({ name: "path", lang: "cartridge", code: `${source?.cartridgePath}\n` });
    await store.addScript({ name: "link", lang: "cartridge", code: join(folder, "link.png") });
    await store.addScript({
      name: "url",
      lang: "cartridge",
      code: `data:image/png;base64,${bytes.toString("base64")}`,
    });
    const reports = await runOnce(store, folder);
    expect(reports.map((run) => run.stdout)).toEqual(Array.from({ length: 3 }, () => "verified 9×64 pixels"));
    for (const { cartridgePath = "" } of reports) {
      const copy = await decodeCartridge(readFileSync(cartridgePath));
      expect(copy.frame).toEqual((await decodeCartridge(bytes)).frame);
      expect(copy.metadata.gvpie).toMatchObject({ program: "TXT 1 1 A", background: "#ffffff88" });
    }
  });

  test("fail for an altered cartridge", async () => {
    const { store } = await openTestStore();
    const folder = temporaryDirectory();
    await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 A" });
    const [source] = await runOnce(store, folder);
    const bytes = readFileSync(source?.cartridgePath ?? "");
    const other = bytes.toString("latin1").replace("TXT 1 1 A", "TXT 1 1 B");
    await store.updateScript("a", {
      lang: "cartridge",
      code: `data:image/png;base64,${Buffer.from(other, "latin1").toString("base64")}`,
    });
    expect(await runOnce(store, folder)).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^CARTRIDGE_BAD_CRC: /) },
    ]);
  });

  test("fail for a PNG without a program", async () => {
    const { store } = await openTestStore();
    const png =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";
    await store.addScript({ name: "plain PNG", lang: "cartridge", code: `data:image/png;base64,${png}` });
    expect(await runOnce(store, temporaryDirectory())).toMatchObject([
      { success: false, stderr: expect.stringMatching(/^CARTRIDGE_UNVERIFIED: the cartridge is stripped: /) },
    ]);
  });
});

test("records a relative folder as it was passed", async () => {
  const { store } = await openTestStore();
  await store.addScript({ name: "a", lang: "pixel", code: "TXT 1 1 a" });
  const folder = temporaryDirectory();
  const before = process.cwd();
  mkdirSync(join(folder, "here"));
  process.chdir(join(folder, "here"));
  try {
    const [report] = await runOnce(store, "cartridges");
    expect(report?.cartridgePath).toMatch(/^cartridges\/a_\d+_1\.png$/);
    expect(await runOnce(store, "cartridges")).toMatchObject([{ isNewCartridge: false }]);
  } finally {
    process.chdir(before);
  }
});
