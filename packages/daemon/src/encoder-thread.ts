/** The entry module of a worker thread. Sends the fingerprint of a drawing, and encodes it when it is sent the options. */
import { encodeCartridge, type EncodeOptions } from "@gvpie/cartridge";
import { parentPort, workerData } from "node:worker_threads";
import { fingerprintOf } from "./fingerprint.ts";
import type { Drawing } from "./types.ts";

const drawing = workerData as Drawing;
parentPort?.once("message", (options: EncodeOptions) => void encode(options));
parentPort?.postMessage(fingerprintOf(drawing), []);

async function encode(options: EncodeOptions): Promise<void> {
  const bytes = await encodeCartridge(drawing.frame, options);
  parentPort?.postMessage(bytes, bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []);
}
