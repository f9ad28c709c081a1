/** The entry module of a worker thread. Sends the fingerprint of a drawing, and encodes it when it is sent the name of the engine. */
import { parentPort, workerData } from "node:worker_threads";
import { encodeDrawing } from "./encode-drawing.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Drawing } from "./types.ts";

const drawing = workerData as Drawing;
parentPort?.once("message", (engine: string) => void encode(engine));
parentPort?.postMessage(fingerprintOf(drawing), []);

async function encode(engine: string): Promise<void> {
  const bytes = await encodeDrawing(drawing, engine);
  parentPort?.postMessage(bytes, bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []);
}
