// What runs in the GPU process: answers renders over descriptor 3 until that is closed.

import { Socket } from "node:net";

import type { Diagnostic } from "@gvpie/pxl-parser";
import { RasterError, type RasterErrorCode, type RasterWarning } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import { openWebGpuRasterizer } from "../rasterizer.ts";
import { selfTest } from "../self-test.ts";
import type { WebGpuRasterizer } from "../types.ts";
import { receive, type RenderRequest, send } from "./wire.ts";

/** After these the device is of no use any more: this process ends, and the next one asks for a new adapter. */
const FATAL = new Set<RasterErrorCode>(["RASTER_DEVICE_LOST", "RASTER_NO_ADAPTER", "RASTER_BACKEND"]);

const socket = new Socket({ fd: 3 });
/** Memory of the last frame sent, for the next of its size. */
let spare: Uint8ClampedArray | undefined;

socket.on("error", () => process.exit(0));
socket.on("close", () => process.exit(0));
// A terminal and a service manager signal every process of a group. This one ends when it is no longer needed.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const [choice = "{}"] = process.argv.slice(2);
try {
  const rasterizer = await openWebGpuRasterizer(JSON.parse(choice) as AdapterChoice);
  await selfTest(rasterizer);
  receive(socket, {
    onHeader: () => undefined,
    onPayload: (request) => void answer(rasterizer, request as RenderRequest),
  });
  send(socket, { type: "ready", info: rasterizer.info });
} catch (error) {
  const code = error instanceof RasterError ? error.code : "RASTER_BACKEND";
  send(socket, { type: "failed", code, message: error instanceof Error ? error.message : String(error) });
  socket.end();
}

async function answer(rasterizer: WebGpuRasterizer, { id, program, options, wantsWarnings }: RenderRequest) {
  const warnings: (Diagnostic | RasterWarning)[] = [];
  try {
    const into = takeSpare(options.width, options.height);
    const onWarning = wantsWarnings
      ? (warning: Diagnostic | RasterWarning) => warnings.push(warning)
      : undefined;
    const { width, height, data, info } = await rasterizer.render(program, { ...options, into, onWarning });
    send(socket, { type: "frame", id, width, height, info, warnings }, data, () => (spare = data));
  } catch (error) {
    send(socket, { type: "declined", id });
    if (error instanceof RasterError && FATAL.has(error.code)) socket.end(() => process.exit(1));
  }
}

function takeSpare(width: number | undefined, height: number | undefined): Uint8ClampedArray | undefined {
  if (width === undefined || height === undefined || spare?.length !== width * height * 4) return undefined;
  const taken = spare;
  spare = undefined;
  return taken;
}
