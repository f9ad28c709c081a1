// Main module of the GPU process: answers render requests over descriptor 3 until it is closed.

import { Socket } from "node:net";
import { constants } from "node:os";

import type { Diagnostic } from "@gvpie/pxl-parser";
import { RasterError, type RasterErrorCode, type RasterWarning } from "@gvpie/raster";

import type { AdapterChoice } from "../device.ts";
import { openWebGpuRasterizer } from "../rasterizer.ts";
import { selfTest } from "../self-test.ts";
import type { WebGpuRasterizer } from "../types.ts";
import { receive, type RenderRequest, send } from "./messages.ts";

/** Errors after which the device may be unusable: this process ends, and the next one opens a new adapter. */
const FATAL = new Set<RasterErrorCode>(["RASTER_DEVICE_LOST", "RASTER_NO_ADAPTER", "RASTER_BACKEND"]);

const socket = new Socket({ fd: 3 });
/** Memory of the last frame sent, reused for the next frame of that size. */
let reusable: Uint8ClampedArray | undefined;

socket.on("error", () => process.exit(0));
socket.on("close", () => process.exit(0));
// Terminals and service managers signal whole process groups. The parent process decides when this one ends.
const IGNORED =
  "SIGINT SIGTERM SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGALRM SIGVTALRM SIGXCPU SIGIO SIGPWR SIGSTKFLT";
for (const signal of IGNORED.split(" ")) if (signal in constants.signals) process.on(signal, () => {});
const [choice = "{}"] = process.argv.slice(2);
try {
  const rasterizer = await openWebGpuRasterizer(JSON.parse(choice) as AdapterChoice);
  await selfTest(rasterizer);
  receive(socket, {
    onHeader: () => undefined,
    onPayload: (request) => void reply(rasterizer, request as RenderRequest),
  });
  send(socket, { type: "ready", info: rasterizer.info });
} catch (error) {
  const code = error instanceof RasterError ? error.code : "RASTER_BACKEND";
  send(socket, { type: "failed", code, message: error instanceof Error ? error.message : String(error) });
  socket.end();
}

async function reply(rasterizer: WebGpuRasterizer, { id, request, wantsWarnings }: RenderRequest) {
  const { program, ...options } = request;
  const warnings: (Diagnostic | RasterWarning)[] = [];
  try {
    const into = takeReusable(options.width, options.height);
    const onWarning = wantsWarnings
      ? (warning: Diagnostic | RasterWarning) => warnings.push(warning)
      : undefined;
    const frame = await rasterizer.render(program, { ...options, into, onWarning });
    const { width, height, data, info, animation } = frame;
    const header = { type: "frame", id, width, height, animation, info, warnings } as const;
    send(socket, header, data, () => (reusable = data));
  } catch (error) {
    send(socket, { type: "declined", id });
    if (error instanceof RasterError && FATAL.has(error.code)) socket.end(() => process.exit(1));
  }
}

function takeReusable(width: number | undefined, height: number | undefined): Uint8ClampedArray | undefined {
  if (reusable?.length !== Number(width) * Number(height) * 4) return undefined;
  const taken = reusable;
  reusable = undefined;
  return taken;
}
