import { createVerifier, type Verification, type Verifier, type WorkerVerifyOptions } from "@gvpie/cartridge";
import type { Rasterizer } from "@gvpie/raster";
import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { RunError } from "../errors.ts";
import type { Runner } from "../types.ts";
import {
  adapterName,
  collectFrames,
  drawnText,
  type Frames,
  pictureOf,
  type RenderRequest,
} from "./pixel-runner.ts";

const MAX_FILE_BYTES = 83_886_080;
const DATA_URL = "data:image/png;base64,";

// If this module is a TypeScript source, so is the thread's. The thread inherits no flags: those of a test runner lack the condition.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const THREAD = new URL(IS_SOURCE ? "cartridge-thread.ts" : "cartridge-thread.js", import.meta.url);
const THREAD_OPTIONS = {
  name: "gvpie-cartridge",
  execArgv: IS_SOURCE ? ["--conditions=@gvpie/source"] : [],
  // Pictures are outside this heap; programs and texts take less than 64 MiB of it.
  resourceLimits: { maxOldGenerationSizeMb: 256 },
};

/**
 * Creates a runner for `cartridge` scripts: the code is the path of a cartridge or a `data:image/png;base64,` URL. The runner decodes
 * the cartridge, verifies it and draws it again. Paths are relative to the working directory; a file has at most 80 MiB.
 *
 * Cartridges are decoded and compared in threads, which end when a run is aborted. An idle thread does not keep the process alive.
 */
export function createCartridgeRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  const idle: Verifier[] = [];

  /** Verifies in a thread of its own: other runs do not wait for it. Keeps one thread for later runs. */
  async function verify(bytes: Uint8Array, options: WorkerVerifyOptions): Promise<Verification> {
    const verifier = idle.pop() ?? createVerifier({ createWorker: () => new Worker(THREAD, THREAD_OPTIONS) });
    try {
      return await verifier.verify(bytes, options);
    } finally {
      if (idle.length === 0) {
        idle.push(verifier);
      } else {
        void verifier.close();
      }
    }
  }

  return {
    async run({ code }, { signal }) {
      const bytes = await readCartridge(code.trim());
      const { status, explanation, frame, metadata } = await verify(bytes, {
        render: (program, { width, height, background, params, limits, frame }) => {
          const request: RenderRequest = { width, height, background, params, limits, frame, signal };
          return rasterizer.render(program, request);
        },
        signal,
        transfer: true,
      });
      if (status !== "verified") {
        throw new RunError("CARTRIDGE_UNVERIFIED", `the cartridge is ${status}: ${explanation}`);
      }
      const { program, background, params, animation } = metadata?.gvpie ?? {};
      // Verified: the program draws these frames. They are drawn again, because the thread has kept only one of them.
      const { width, height } = frame;
      const drawn: Frames =
        program === undefined || animation === undefined
          ? [frame]
          : await collectFrames(
              rasterizer.renderFrames(program, { width, height, background, params, signal }),
            );
      return {
        drawing: {
          ...pictureOf(drawn),
          program,
          background,
          params,
          backend: rasterizer.info.backend,
          adapter: adapterName(rasterizer.info),
        },
        stdout: drawnText(drawn).replace("drew", "verified"),
        stderr: "",
      };
    },
  };
}

async function readCartridge(source: string): Promise<Uint8Array> {
  if (source.startsWith("data:")) return decodeDataUrl(source);
  if (source === "" || source.includes("\n") || source.includes("\0")) {
    const found = JSON.stringify(source.slice(0, 40));
    throw unreadable(`expected the path of a PNG or a data URL with one, got ${found}`);
  }
  try {
    return await readBounded(source);
  } catch (error) {
    if (error instanceof RunError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(reason, { cause: error });
  }
}

function decodeDataUrl(url: string): Uint8Array {
  if (!url.startsWith(DATA_URL)) {
    const found = JSON.stringify(url.slice(0, 40));
    throw unreadable(`expected a data URL that starts with ${DATA_URL}, got ${found}`);
  }
  return Buffer.from(url.slice(DATA_URL.length), "base64");
}

/** Reads at most the bytes that the file has when it is opened, and does not block on a FIFO. */
async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    const { size } = stats;
    if (!stats.isFile()) throw unreadable(`${JSON.stringify(path)} is not a regular file`);
    if (size > MAX_FILE_BYTES) {
      throw unreadable(`${JSON.stringify(path)}: expected at most ${MAX_FILE_BYTES} bytes, got ${size}`);
    }
    // Memory of its own, which the thread takes over; the part that is read is returned.
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function unreadable(message: string, options?: ErrorOptions): RunError {
  return new RunError("CARTRIDGE_UNREADABLE", message, options);
}
