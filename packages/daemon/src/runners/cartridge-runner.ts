import { createVerifier, type Verification, type Verifier, type WorkerVerifyOptions } from "@gvpie/cartridge";
import { CapabilityError } from "@gvpie/capability";
import type { Rasterizer } from "@gvpie/raster";
import { Worker } from "node:worker_threads";
import { RunError } from "../errors.ts";
import type { Runner, RunResult } from "../types.ts";
import { readCartridge, realFolder } from "./cartridge-file.ts";
import {
  adapterName,
  collectFrames,
  drawnText,
  type Frames,
  pictureOf,
  type RenderRequest,
} from "./pixel-runner.ts";
import { useCapability } from "./use-capability.ts";

// If this module is a TypeScript source, so is the thread's. The thread inherits no flags: those of a test runner lack the condition.
const IS_SOURCE = import.meta.url.endsWith(".ts");
const THREAD = new URL(IS_SOURCE ? "cartridge-thread.ts" : "cartridge-thread.js", import.meta.url);
const THREAD_OPTIONS = {
  name: "gvpie-cartridge",
  execArgv: IS_SOURCE ? ["--conditions=@gvpie/source"] : [],
  // Pictures are outside this heap; programs and texts take less than 64 MiB of it.
  resourceLimits: { maxOldGenerationSizeMb: 256 },
};

/** Options of {@link createCartridgeRunner}. */
export interface CartridgeRunnerOptions {
  /** Not closed by the runner. */
  readonly rasterizer: Rasterizer;
  /**
   * Folder outside of which no file is read, however a path leads there. Data URLs stay allowed. Needs Linux. Default: paths may lead
   * anywhere.
   */
  readonly root?: string | undefined;
}

/**
 * Creates a runner for `cartridge` scripts: the code is the path of a cartridge or a `data:image/png;base64,` URL. The runner decodes
 * the cartridge, verifies it and draws it again. Paths are relative to the working directory; a file has at most 80 MiB.
 *
 * Cartridges are decoded and compared in threads, which end when a run is aborted. An idle thread does not keep the process alive.
 *
 * @throws {RunError} `CARTRIDGE_UNREADABLE` if `root` is not a folder.
 */
export function createCartridgeRunner({ rasterizer, root }: CartridgeRunnerOptions): Runner {
  const realRoot = root === undefined ? undefined : realFolder(root);
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

  async function drawAgain(code: string, limited: Rasterizer, signal: AbortSignal): Promise<RunResult> {
    const bytes = await readCartridge(code.trim(), realRoot);
    let refusal: CapabilityError | undefined;
    const verifying = verify(bytes, {
      render: (program, { width, height, background, params, limits, frame }) => {
        const request: RenderRequest = { width, height, background, params, limits, frame, signal };
        return limited.render(program, request).catch((error: unknown) => {
          if (error instanceof CapabilityError) refusal = error;
          throw error;
        });
      },
      signal,
      transfer: true,
    });
    const { status, explanation, frame, metadata } = await verifying.catch((error: unknown) => {
      // A verifier reports it as a failure of its renderer.
      throw refusal ?? error;
    });
    if (status !== "verified") {
      throw refusal ?? new RunError("CARTRIDGE_UNVERIFIED", `the cartridge is ${status}: ${explanation}`);
    }
    const { program, background, params, animation } = metadata?.gvpie ?? {};
    // Verified: the program draws these frames. They are drawn again, because the thread has kept only one of them.
    const { width, height } = frame;
    const drawn: Frames =
      program === undefined || animation === undefined
        ? [frame]
        : await collectFrames(limited.renderFrames(program, { width, height, background, params, signal }));
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
  }

  return {
    run: (script, context) =>
      useCapability(rasterizer, script, context, (limited) =>
        drawAgain(script.code, limited, context.signal),
      ),
  };
}
