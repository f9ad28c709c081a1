import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { encodeDrawing } from "./encode-drawing.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Drawing } from "./types.ts";

/** Pixels of all frames up to which a drawing is encoded at once: the start of a thread takes longer. */
const MAX_PIXELS_AT_ONCE = 1_048_576;
/** UTF-16 code units of the longest program that is read at once. */
const MAX_PROGRAM_AT_ONCE = 65_536;

// If this module is a TypeScript source, so is the thread's. The thread inherits no flags: those of a test runner lack the condition.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const THREAD = new URL(IS_SOURCE ? "encoder-thread.ts" : "encoder-thread.js", import.meta.url);
const EXEC_ARGV = IS_SOURCE ? ["--conditions=@gvpie/source"] : [];

/** Encodes one drawing. */
export interface Encoder extends AsyncDisposable {
  fingerprint(): Promise<string>;
  encode(engine: string): Promise<Uint8Array>;
}

/** Returns an encoder for a drawing. It has a thread of its own if the drawing is large: the loop does not wait for it. */
export function createEncoder(drawing: Drawing): Encoder {
  const { frame, frames, program = "" } = drawing;
  const pixels = frame.width * frame.height * (frames?.length ?? 1);
  const isSmall = pixels <= MAX_PIXELS_AT_ONCE && program.length <= MAX_PROGRAM_AT_ONCE;
  return isSmall ? encoderHere(drawing) : encoderInThread(drawing);
}

function encoderHere(drawing: Drawing): Encoder {
  return {
    fingerprint: async () => fingerprintOf(drawing),
    encode: (engine) => encodeDrawing(drawing, engine),
    [Symbol.asyncDispose]: async () => {},
  };
}

function encoderInThread(drawing: Drawing): Encoder {
  const worker = new Worker(THREAD, { name: "gvpie-encoder", execArgv: EXEC_ARGV, workerData: drawing });
  // `once` also receives the error while it waits for a message.
  worker.on("error", () => {});
  // Rejects with the error of a thread that fails, such as one without memory.
  const receive = async (): Promise<unknown> => {
    const [message] = (await once(worker, "message")) as unknown[];
    return message;
  };
  return {
    fingerprint: async () => (await receive()) as string,
    async encode(engine) {
      worker.postMessage(engine, []);
      return (await receive()) as Uint8Array;
    },
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  };
}
