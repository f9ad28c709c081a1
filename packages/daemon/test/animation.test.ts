import { decodeAnimation, verifyCartridge } from "@gvpie/cartridge";
import {
  createCartridgeRunner,
  createDaemon,
  createGvpieRunner,
  createPixelRunner,
  type DaemonOptions,
  type RunReport,
} from "@gvpie/daemon";
import type { ScriptStore } from "@gvpie/daemon/store";
import { createFileSocketClient, createFileSocketServer, type RenderHandler } from "@gvpie/file-socket";
import type { Frame } from "@gvpie/raster";
import { createCpuRasterizer, renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { fingerprintOf } from "../src/fingerprint.ts";
import { openTestStore } from "./support/test-store.ts";

const ANIMATION = "CANVAS 8 4 #123\nFRAMES 3 50\nPARAM ink #f80\nCOLOR {ink}\nRECT frame 0 1 4\n";

const rasterizer = createCpuRasterizer();
const runners = {
  pixel: createPixelRunner({ rasterizer }),
  cartridge: createCartridgeRunner({ rasterizer }),
};

function runOnce(
  store: ScriptStore,
  cartridges: string,
  options: Partial<DaemonOptions> = {},
): Promise<RunReport[]> {
  return createDaemon({ store, cartridges, runners, ...options }).runOnce();
}

/** Returns the frames of a cartridge, after a check that it proves itself. */
async function framesOf(path: string | undefined): Promise<Buffer[]> {
  const png = readFileSync(path ?? "");
  expect(await verifyCartridge(png, { render: renderProgram })).toMatchObject({ status: "verified" });
  const frames: Buffer[] = [];
  for await (const { data } of decodeAnimation(png).frames()) frames.push(Buffer.from(data));
  return frames;
}

async function rendered(source: string, options = {}): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for await (const { data } of renderFrames(source, options)) frames.push(Buffer.from(data));
  return frames;
}

test("a run of an animation saves one cartridge with every frame", async () => {
  const { store } = await openTestStore();
  const folder = temporaryDirectory();
  await store.addScript({ name: "moving", lang: "pixel", code: ANIMATION });
  const [report] = await runOnce(store, folder);
  expect(report).toMatchObject({
    success: true,
    stdout: "drew 3 frames of 8×4 pixels",
    isNewCartridge: true,
  });
  expect(await framesOf(report?.cartridgePath)).toEqual(await rendered(ANIMATION));
  // The same frames again refer to the same file.
  expect(await runOnce(store, folder)).toMatchObject([
    { cartridgePath: report?.cartridgePath, isNewCartridge: false },
  ]);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("another frame, number of frames or time gives another fingerprint, and so another file", async () => {
  const frames: Frame[] = [];
  for await (const frame of renderFrames(ANIMATION)) frames.push(frame);
  const [first, second, third] = frames as [Frame, Frame, Frame];
  const facts = { program: ANIMATION, background: undefined, backend: "cpu", adapter: "cpu" };
  const of = (...all: [Frame, ...Frame[]]) => fingerprintOf({ ...facts, frame: all[0], frames: all });
  const slower = { ...first, animation: { frames: 3, delayMs: 60 } };
  const prints = [
    of(first, second, third),
    of(first, third, second),
    of(first, second, first),
    of(first, second),
    of(slower, second, third),
    fingerprintOf({ ...facts, frame: first }),
  ];
  expect(new Set(prints).size).toBe(prints.length);
  expect(of(first, second, third)).toBe(prints[0]);
});

test("the options of a script come before its CANVAS, and its parameters apply to every frame", async () => {
  const { store } = await openTestStore();
  const options = { height: 2, background: "#fff", params: { ink: "#00f" } };
  await store.addScript({ name: "moving", lang: "pixel", code: ANIMATION, options });
  const [report] = await runOnce(store, temporaryDirectory());
  expect(report?.stdout).toBe("drew 3 frames of 8×2 pixels");
  expect(await framesOf(report?.cartridgePath)).toEqual(await rendered(ANIMATION, options));
});

test("a still program gets its CANVAS, and the limits that its size needs", async () => {
  const { store } = await openTestStore();
  await store.addScript({ name: "wide", lang: "pixel", code: "CANVAS 2000 1000 #fff\nRECT 0 0 9 9" });
  const [report] = await runOnce(store, temporaryDirectory());
  expect(report).toMatchObject({ success: true, stdout: "drew 2000×1000 pixels" });
  const png = readFileSync(report?.cartridgePath ?? "");
  const { status, metadata } = await verifyCartridge(png, { render: renderProgram });
  expect({ status, limits: metadata?.gvpie?.limits }).toEqual({ status: "verified", limits: undefined });
});

test("an animation of many pixels is encoded in a thread", async () => {
  const { store } = await openTestStore();
  const code = "CANVAS 1000 100\nFRAMES 12 50\nRECT frame 0 1 100\n";
  await store.addScript({ name: "large", lang: "pixel", code });
  const worker = createWorkerRasterizer();
  onTestFinished(() => worker.close());
  const pixel = createPixelRunner({ rasterizer: worker });
  const [report] = await runOnce(store, temporaryDirectory(), { runners: { pixel } });
  expect(report).toMatchObject({ stderr: "", stdout: "drew 12 frames of 1000×100 pixels" });
  expect(await framesOf(report?.cartridgePath)).toEqual(await rendered(code));
});

test("an animation beyond the limits fails before its first frame", async () => {
  const { store } = await openTestStore();
  await store.addScript({ name: "endless", lang: "pixel", code: "FRAMES 1001 50\nHALT" });
  await store.addScript({ name: "huge", lang: "pixel", code: "CANVAS 4096 4096\nFRAMES 2 50\nHALT" });
  const reports = await runOnce(store, temporaryDirectory());
  const codes = new Map(reports.map(({ name, stderr }) => [name, stderr.split(":")[0]]));
  expect(codes).toEqual(
    new Map([
      ["endless", "RASTER_LIMIT_FRAMES"],
      ["huge", "RASTER_LIMIT_PIXELS"],
    ]),
  );
});

test("an animated cartridge as a script draws every frame again", async () => {
  const { store } = await openTestStore();
  const folder = temporaryDirectory();
  await store.addScript({ name: "first", lang: "pixel", code: ANIMATION });
  const [first] = await runOnce(store, folder);
  await store.removeScript("first");
  await store.addScript({ name: "again", lang: "cartridge", code: first?.cartridgePath ?? "" });
  const [again] = await runOnce(store, folder);
  expect(again).toMatchObject({ success: true, stdout: "verified 3 frames of 8×4 pixels" });
  expect(await framesOf(again?.cartridgePath)).toEqual(await rendered(ANIMATION));
});

test("a renderer behind a file socket draws every frame", async () => {
  const { store } = await openTestStore();
  const dir = join(temporaryDirectory(), "socket");
  const asked: unknown[] = [];
  const render: RenderHandler = async ({ code, width, height, background, params, frames }) => {
    asked.push(frames);
    const drawn: Frame[] = [];
    for await (const frame of renderFrames(code, { width, height, background, params })) drawn.push(frame);
    const shown = frames === "all" ? drawn : drawn.slice(0, 1);
    const data = Buffer.concat(shown.map((frame) => Buffer.from(frame.data)));
    return { ...(drawn[0] as Frame), data, backend: "cpu", adapter: "cpu" };
  };
  const server = await createFileSocketServer({ dir, render });
  onTestFinished(() => server.close());
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  const gvpie = createGvpieRunner({ client });
  await store.addScript({ name: "moving", lang: "gvpie", code: ANIMATION });
  const [report] = await runOnce(store, temporaryDirectory(), { runners: { gvpie } });
  expect(report).toMatchObject({ success: true, stdout: "drew 3 frames of 8×4 pixels" });
  expect(await framesOf(report?.cartridgePath)).toEqual(await rendered(ANIMATION));
  // An older renderer, which does not know the key, still draws programs without an animation.
  expect(asked).toEqual([undefined, "all"]);
});
