import type { CapabilityGrant } from "@gvpie/capability";
import type { RenderContext } from "@gvpie/file-socket";
import { DEFAULT_LIMITS } from "@gvpie/raster";
import { createWorkerRasterizer } from "@gvpie/raster-cpu/worker";
import { afterAll, expect, test } from "vitest";

import type { Backend, Renderer } from "../src/backend.ts";
import { createRenderHandler } from "../src/render-handler.ts";

const worker = createWorkerRasterizer();
afterAll(() => worker.close());

const terms: RenderContext<CapabilityGrant> = {
  signal: new AbortController().signal,
  deadline: Infinity,
  via: "spool",
};
const loop = (line: string, turns: number) => `SET i 0\nl:\n${line}\nADD i 1\nIF i < ${turns} l`;

/** A cheap program costs the answering thread a few milliseconds; what it paints is not the only cost. */
test.each([
  ["many circles around the canvas", loop("CIRCLE 64 32 4294967295", 3_000)],
  ["many texts outside the canvas", loop("TXT 0 -99 text", 3_000)],
  ["many instructions that draw nothing", loop("ORIGIN 1 1", 3_000)],
  ["a long text outside the canvas", `TXT 0 -99 ${"x".repeat(65_530)}`],
])("a program that paints nothing, but takes %s, leaves the answering thread", async (_, code) => {
  const sent: string[] = [];
  const renderer: Renderer = {
    render: async (program, options) => {
      sent.push(program);
      return { ...(await worker.render(program, options)), info: worker.info };
    },
    renderFrames: () => {
      throw new Error("not used");
    },
  };
  const backend: Backend = {
    ...renderer,
    info: worker.info,
    allowsMainThread: true,
    cpu: renderer,
    gpu: "absent",
    close: async () => {},
  };
  const handle = createRenderHandler(backend, DEFAULT_LIMITS);
  const request = {
    code,
    width: 128,
    height: 64,
    background: undefined,
    params: undefined,
    frames: undefined,
  };
  expect((await handle(request, terms)).width).toBe(128);
  expect(sent).toEqual([code]);
  await handle({ ...request, code: loop("CIRCLE 64 32 4294967295", 100) }, terms);
  expect(sent.length).toBe(1);
});
