// Runs in this process within capabilities, with a real database, real keys and real renders.

import {
  type CapabilityLimits,
  createKey,
  inspectCapability,
  narrowCapability,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import { encodeAnimation, encodeCartridge } from "@gvpie/cartridge";
import {
  createCartridgeRunner,
  createDaemon,
  createPixelRunner,
  createPythonRunner,
  type RunAudit,
  type RunCapabilities,
  type RunReport,
} from "@gvpie/daemon";
import type { Lang, NewScript, Run, ScriptStore } from "@gvpie/daemon/store";
import { createCpuRasterizer, renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CapabilityFixture, createCapabilityFixture } from "./support/capability-fixture.ts";
import { asOtherTool, openTestStore } from "./support/test-store.ts";

const rasterizer = createCpuRasterizer();
const fixture: CapabilityFixture = await createCapabilityFixture();
const HOUR = 3_600;
const SUCCESS = /^$/;
const now = Math.floor(Date.now() / 1000);

interface Outcome {
  readonly reports: ReadonlyMap<string, RunReport>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly audit: readonly RunAudit[];
}

/** Runs each script once. */
async function runOnce(
  store: ScriptStore,
  capabilities: RunCapabilities | undefined,
  timeoutMs?: number,
): Promise<Outcome> {
  const audit: RunAudit[] = [];
  const daemon = createDaemon({
    store,
    capabilities,
    timeoutMs,
    runners: {
      pixel: createPixelRunner({ rasterizer }),
      cartridge: createCartridgeRunner({ rasterizer }),
      python: createPythonRunner({ rasterizer }),
    },
    cartridges: temporaryDirectory(),
    onAudit: (record) => audit.push(record),
  });
  onTestFinished(() => daemon.close());
  const reports = await daemon.runOnce();
  const runs = await store.listRuns({ limit: reports.length });
  return {
    reports: new Map(reports.map((report) => [report.name, report])),
    runs: new Map(runs.map((run) => [run.scriptName ?? "", run])),
    audit,
  };
}

/** Runs one script with a capability of its own; returns its stderr, empty if it succeeded. */
async function stderrOf(
  script: Omit<NewScript, "name">,
  capability: string,
  capabilities?: RunCapabilities,
): Promise<string> {
  const { store } = await openTestStore();
  const options = { ...script.options, capability };
  await store.addScript({ name: "a", ...script, options });
  const { reports } = await runOnce(store, capabilities ?? (await fixture.open()));
  return reports.get("a")?.stderr ?? "no run";
}

function urlOf(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

async function idsOf(text: string): Promise<{ root: string | undefined; leaf: string | undefined }> {
  const { blocks } = await inspectCapability(text);
  return { root: blocks[0].id, leaf: blocks.at(-1)?.id };
}

describe("each limit holds for a pixel script, with its code and its place at the start of stderr", () => {
  const BOX = "RECT 0 0 4 4\nRECT 4 4 4 4\n";
  const LOOP = "SET n 0\nagain:\nADD n 1\nIF n < 900 again\n";
  test.each<[string, CapabilityLimits, string, NewScript["options"], RegExp]>([
    ["pixels", { pixels: 127 }, BOX, { width: 16, height: 8 }, /^CAP_LIMIT_PIXELS: expected at most 127 /],
    ["pixels of CANVAS", { pixels: 127 }, `CANVAS 16 8\n${BOX}`, {}, /^CAP_LIMIT_PIXELS: /],
    ["pixels of the default canvas", { pixels: 8191 }, BOX, {}, /^CAP_LIMIT_PIXELS: /],
    ["pixels of all frames", { pixels: 8192 * 2 }, `FRAMES 3 50\n${BOX}`, {}, /^CAP_LIMIT_PIXELS: /],
    ["pixels, exactly", { pixels: 8192 }, BOX, {}, SUCCESS],
    ["pixels of all frames, exactly", { pixels: 8192 * 3 }, `FRAMES 3 50\n${BOX}`, {}, SUCCESS],
    ["instructions", { instructions: 1 }, BOX, {}, /^CAP_LIMIT_INSTRUCTIONS: /],
    ["painted pixels", { paintedPixels: 31 }, BOX, {}, /^CAP_LIMIT_PAINTED_PIXELS: /],
    ["painted pixels, exactly", { paintedPixels: 32 }, BOX, {}, SUCCESS],
    ["fuel", { fuel: 800 }, LOOP, {}, /^CAP_LIMIT_FUEL: /],
    [
      "code bytes",
      { codeBytes: 5 },
      "HALT\n#",
      {},
      /^CAP_LIMIT_CODE_BYTES: expected at most 5 bytes of code, got 6 /,
    ],
    ["frames", { frames: 2 }, `FRAMES 3 50\n${BOX}`, {}, /^CAP_LIMIT_FRAMES: /],
    ["frames, none", { frames: 0 }, BOX, {}, /^CAP_LIMIT_FRAMES: /],
    ["backends", { backends: ["webgpu"] }, BOX, {}, /^CAP_LIMIT_BACKENDS: .*"cpu"/],
    ["operations", { operations: ["ping"] }, BOX, {}, /^CAP_LIMIT_OPERATIONS: /],
    ["programs", { programs: ["0".repeat(64)] }, BOX, {}, /^CAP_LIMIT_PROGRAMS: /],
    ["the right program", { programs: [createHash("sha256").update(BOX).digest("hex")] }, BOX, {}, SUCCESS],
    ["params", { params: ["b"] }, "PARAM a 1\nHALT\n", { params: { a: 2 } }, /^CAP_LIMIT_PARAMS: .*"a"/],
    ["inFlight", { inFlight: 0 }, BOX, {}, /^CAP_LIMIT_IN_FLIGHT: /],
    ["queuedBytes", { queuedBytes: 3 }, BOX, {}, /^CAP_LIMIT_QUEUED_BYTES: /],
    ["expires", { expires: now - 1 }, BOX, {}, /^CAP_EXPIRED: /],
    ["notBefore", { notBefore: now + HOUR }, BOX, {}, /^CAP_NOT_YET_VALID: /],
    ["audience", { audience: ["A".repeat(43)] }, BOX, {}, /^CAP_WRONG_AUDIENCE: /],
  ])("%s", async (_, { audience = [fixture.audience], ...limits }, code, options, expected) => {
    const wide = await fixture.issue({ audience, pixels: 10 ** 9 });
    const narrow = { key: fixture.key, to: publicKeyOf(fixture.key), limits };
    const stderr = await stderrOf({ lang: "pixel", code, options }, await narrowCapability(wide, narrow));
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/ \(limit \w+ of block [12]\)|^$/);
  });

  test("a limit of the loop that is tighter keeps its own code", async () => {
    const code = `CANVAS 5000 4000\n${BOX}`;
    expect(await stderrOf({ lang: "pixel", code }, await fixture.issue({ pixels: 10 ** 9 }))).toMatch(
      /^RASTER_LIMIT_PIXELS: /,
    );
  });
});

describe("a cartridge script is limited like its program", () => {
  const code = "FRAMES 3 50\nPIX frame 1\n";
  const picture = encodeCartridge(renderProgram("PIX 1 1\n"), { program: "PIX 1 1\n", language: "1" });
  const animation = encodeAnimation(renderFrames(code), { program: code, language: "2" });

  test.each<[string, object, Promise<Uint8Array>, RegExp]>([
    ["a picture within", { pixels: 8192, frames: 1 }, picture, SUCCESS],
    ["a picture beyond its pixels", { pixels: 8191 }, picture, /^CAP_LIMIT_PIXELS: /],
    ["a picture of another program", { programs: [] }, picture, /^CAP_LIMIT_PROGRAMS: /],
    ["an animation within", { frames: 3, pixels: 3 * 8192 }, animation, SUCCESS],
    ["an animation beyond its frames", { frames: 2 }, animation, /^CAP_LIMIT_FRAMES: expected at most 2 /],
    ["an animation beyond its pixels", { pixels: 2 * 8192 }, animation, /^CAP_LIMIT_PIXELS: /],
    ["another backend", { backends: ["webgpu"] }, picture, /^CAP_LIMIT_BACKENDS: /],
  ])("%s", async (_, limits, png, expected) => {
    const stderr = await stderrOf({ lang: "cartridge", code: urlOf(await png) }, await fixture.issue(limits));
    expect(stderr).toMatch(expected);
  });
});

test("a python script runs only with a capability that is verified and admits it", async () => {
  const script = { lang: "python", code: "print('#!pxl')" } as const;
  expect(await stderrOf(script, await fixture.issue({ expires: now - 1 }))).toMatch(/^CAP_EXPIRED: /);
  expect(await stderrOf(script, await fixture.issue({ inFlight: 0 }))).toMatch(/^CAP_LIMIT_IN_FLIGHT: /);
  expect(await stderrOf(script, await fixture.issue())).not.toMatch(/^CAP_/);
});

describe("which capability a run has", () => {
  const PIXEL = { lang: "pixel", code: "PIX 1 1\n" } as const;

  test("its own, else the default of its language, else none: it fails; each run records its ids", async () => {
    const own = await narrowCapability(await fixture.issue(), {
      key: fixture.key,
      to: publicKeyOf(fixture.key),
      limits: { purpose: "own" },
    });
    const byDefault = await fixture.issue({ pixels: 8191 });
    const { store } = await openTestStore();
    await store.addScript({ name: "own", ...PIXEL, options: { capability: own } });
    await store.addScript({ name: "default", ...PIXEL });
    await store.addScript({ name: "none", lang: "cartridge", code: "x.png" });
    const capabilities = await fixture.open({ defaults: { pixel: byDefault } });
    const { runs, audit } = await runOnce(store, capabilities);
    expect(runs.get("own")).toMatchObject({ success: true, capability: await idsOf(own) });
    expect(runs.get("default")).toMatchObject({
      stderr: expect.stringMatching(/^CAP_LIMIT_PIXELS: .* \(limit pixels of block 1\)/),
      capability: await idsOf(byDefault),
    });
    expect(runs.get("none")?.stderr).toMatch(
      /^RUN_NO_CAPABILITY: expected a cartridge script with a capability, got none; .*gvpie scripts set --capability/,
    );
    expect(runs.get("none")).not.toHaveProperty("capability");
    expect(
      audit.map(({ type, name, code, capability }) => [name, type, code, capability?.limits.purpose]),
    ).toEqual(
      expect.arrayContaining([
        ["own", "first-use", undefined, "own"],
        ["default", "refused", "CAP_LIMIT_PIXELS", undefined],
        ["none", "refused", "RUN_NO_CAPABILITY", undefined],
      ]),
    );
    expect(audit).toHaveLength(3);
    const again = await runOnce(store, capabilities);
    expect(again.audit.map(({ type }) => type).sort()).toEqual(["first-use", "refused", "refused"]);
  });

  test("a changed one counts from the next run, and one that is taken away leaves the default", async () => {
    const { store } = await openTestStore();
    const wide = await fixture.issue();
    await store.addScript({ name: "a", ...PIXEL, options: { width: 64, capability: wide } });
    const capabilities = await fixture.open({ defaults: { pixel: await fixture.issue({ pixels: 1 }) } });
    const stderr = async (): Promise<unknown> => (await runOnce(store, capabilities)).runs.get("a")?.stderr;
    expect(await stderr()).toBe("");
    await store.updateScript("a", { patchOptions: { capability: await fixture.issue({ operations: [] }) } });
    expect(await stderr()).toMatch(/^CAP_LIMIT_OPERATIONS: /);
    await store.updateScript("a", { patchOptions: { capability: wide } });
    expect(await stderr()).toBe("");
    await store.updateScript("a", { patchOptions: { capability: null } });
    expect(await stderr()).toMatch(/^CAP_LIMIT_PIXELS: expected at most 1 /);
  });

  test("a bad one in the database never gives way to the default", async () => {
    const good = await fixture.issue();
    const stranger = await createKey();
    const forOther = await narrowCapability(good, {
      key: fixture.key,
      to: publicKeyOf(stranger),
      limits: {},
    });
    const { store, path } = await openTestStore();
    await store.addScript({ name: "a", ...PIXEL, options: { capability: good } });
    const capabilities = await fixture.open({ defaults: { pixel: good } });
    const other = await createCapabilityFixture();
    for (const [bad, code] of [
      ["", "CAP_MALFORMED"],
      ["x", "CAP_MALFORMED"],
      [good.slice(0, -1), "CAP_NOT_CANONICAL|CAP_MALFORMED"],
      [`${good}~${good}`, "CAP_"],
      ["€".repeat(8192), "CAP_"],
      [
        forOther,
        `RUN_NO_CAPABILITY_KEY: expected the private key of ${await thumbprintOf(stranger)} .block 2.`,
      ],
      [await other.issue(), "RUN_NO_CAPABILITY_KEY"],
      [`${forOther.slice(0, -8)}AAAAAAAA`, "RUN_NO_CAPABILITY_KEY|CAP_"],
    ] as const) {
      asOtherTool(path, (database) => {
        database.pragma("ignore_check_constraints = ON");
        database.prepare("UPDATE script_options SET capability = ?").run(bad);
      });
      const { runs } = await runOnce(store, capabilities);
      expect(runs.get("a")).toMatchObject({ success: false });
      expect(runs.get("a")?.stderr).toMatch(new RegExp(`^(?:${code})`));
    }
  });

  test("one of an unknown root is refused, and so is a revoked one", async () => {
    const other = await createCapabilityFixture();
    const capability = await fixture.issue();
    const stranger = await other.open({ keys: [fixture.key] });
    expect(await stderrOf(PIXEL, capability, stranger)).toMatch(/^CAP_UNKNOWN_ROOT: /);
    const { root } = await idsOf(capability);
    const revoking = await fixture.open({ isRevoked: (id) => id === root });
    expect(await stderrOf(PIXEL, capability, revoking)).toMatch(/^CAP_REVOKED: .* \(block 1\)/);
  });

  test("a loop without keys refuses a script with one, and runs the others", async () => {
    const { store } = await openTestStore();
    await store.addScript({ name: "with", ...PIXEL, options: { capability: await fixture.issue() } });
    await store.addScript({ name: "without", ...PIXEL });
    const { runs, audit } = await runOnce(store, undefined);
    expect(runs.get("with")?.stderr).toMatch(/^RUN_NO_CAPABILITY_KEY: .*gvpie scripts set --capability none/);
    expect(runs.get("without")).toMatchObject({ success: true });
    expect(audit).toMatchObject([{ name: "with", code: "RUN_NO_CAPABILITY_KEY" }]);
  });

  test("a custom runner gets it, and none without keys", async () => {
    const seen: boolean[] = [];
    for (const capabilities of [
      undefined,
      await fixture.open({ defaults: { pixel: await fixture.issue() } }),
    ]) {
      const { store } = await openTestStore();
      await store.addScript({ name: "a", ...PIXEL });
      const runner = {
        run: async (_: unknown, context: { capability?: unknown }) => {
          seen.push(context.capability !== undefined);
          return { drawing: undefined, stdout: "", stderr: "" };
        },
      };
      const options = { store, capabilities, cartridges: temporaryDirectory() };
      await createDaemon({ ...options, runners: { pixel: runner } }).runOnce();
    }
    expect(seen).toEqual([false, true]);
  });
});

describe("rates and counts", () => {
  const scripts = (count: number, lang: Lang = "pixel"): NewScript[] =>
    Array.from({ length: count }, (_, i) => ({ name: `s${i}`, lang, code: `PIX ${i} 1\n` }));

  test("runs that share a capability wait for its rate, and all succeed", async () => {
    const { store } = await openTestStore();
    for (const script of scripts(6)) await store.addScript(script);
    const byDefault = await fixture.issue({ requestsPerSecond: 4 });
    const { reports } = await runOnce(store, await fixture.open({ defaults: { pixel: byDefault } }));
    expect([...reports.values()].filter(({ success }) => !success)).toEqual([]);
    expect(reports.size).toBe(6);
  });

  test("runs wait for each other if only one may be in flight", async () => {
    const { store } = await openTestStore();
    for (const script of scripts(6)) await store.addScript(script);
    const byDefault = await fixture.issue({ inFlight: 1 });
    const { reports } = await runOnce(store, await fixture.open({ defaults: { pixel: byDefault } }));
    expect([...reports.values()].map(({ stderr }) => stderr)).toEqual(["", "", "", "", "", ""]);
  });

  test("a run fails at once if its rate allows none before its time limit", async () => {
    const { store } = await openTestStore();
    for (const script of scripts(3)) await store.addScript(script);
    const byDefault = await fixture.issue({ requestsPerSecond: 0.001 });
    const { reports } = await runOnce(store, await fixture.open({ defaults: { pixel: byDefault } }), 5_000);
    const failed = [...reports.values()].filter(({ success }) => !success);
    expect(failed).toHaveLength(2);
    for (const { stderr } of failed) expect(stderr).toMatch(/^CAP_LIMIT_REQUESTS_PER_SECOND: /);
  });

  test("what a run occupied is free when it has failed", async () => {
    const { store } = await openTestStore();
    const capability = await fixture.issue({ inFlight: 1, queuedBytes: 40 });
    await store.addScript({ name: "wrong", lang: "pixel", code: "FOO\n", options: { capability } });
    const capabilities = await fixture.open();
    for (let i = 0; i < 3; i++) {
      const { runs } = await runOnce(store, capabilities, 1_000);
      expect(runs.get("wrong")?.stderr).toMatch(/^PXL_UNKNOWN_OPCODE: /);
    }
  });
});
