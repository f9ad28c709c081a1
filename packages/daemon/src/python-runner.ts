import type { Rasterizer } from "@gvpie/raster";
import { RunError } from "./errors.ts";
import { createPixelRunner } from "./pixel-runner.ts";
import type { Ending } from "./python/bounded-process.ts";
import { PYTHON_LIMITS } from "./python/limits.ts";
import { openSandbox, type Sandbox } from "./python/sandbox.ts";
import type { Runner } from "./types.ts";

/** What output begins with that is a program to draw. To the program it is a comment. */
const DRAWS = "#!pxl";

/**
 * Runs `python` scripts, in a sandbox: no network, no files but the system's, 256 MiB of memory, 16 processes, 2 s of processor
 * time, 5 s in all, 64 KiB of output. What a script prints is drawn where it begins with `#!pxl`. The rasteriser stays the caller's.
 *
 * Linux with bubblewrap and a control group that may be divided; where anything is missing, and for root, every run fails with a
 * `PYTHON_…` code that says so.
 */
export function createPythonRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  const pixel = createPixelRunner({ rasterizer });
  let opening: Promise<Sandbox> | undefined;

  async function sandbox(): Promise<Sandbox> {
    opening ??= openSandbox();
    try {
      return await opening;
    } catch (error) {
      // What is missing may have come when the next script runs.
      opening = undefined;
      throw error;
    }
  }

  return {
    async run(script, context) {
      const box = await sandbox();
      const { stdout, stderr } = succeeded(await box.run(script.code, context.signal));
      if (!stdout.startsWith(DRAWS)) return { drawing: undefined, stdout, stderr };
      const drawn = await pixel.run({ ...script, code: stdout }, context);
      return { ...drawn, stdout, stderr: [stderr, drawn.stderr].filter(Boolean).join("\n") };
    },
  };
}

function succeeded(ending: Ending): Ending {
  const { code, exceeded, stdout, stderr } = ending;
  const fail = (reason: ConstructorParameters<typeof RunError>[0], message: string): never => {
    throw new RunError(reason, [message, stderr].filter(Boolean).join("\n"), { stdout });
  };
  if (exceeded === "time")
    fail("PYTHON_TIMEOUT", `the script took longer than ${PYTHON_LIMITS.wallMs / 1_000} s`);
  if (exceeded)
    fail("PYTHON_OUTPUT", `the script wrote more than ${PYTHON_LIMITS.outputBytes} bytes to ${exceeded}`);
  if (code === 137) {
    fail(
      "PYTHON_KILLED",
      `the script took more than ${PYTHON_LIMITS.cpuSeconds} s of processor time, or too much memory`,
    );
  }
  if (code !== 0) fail("PYTHON_FAILED", `the script ended with exit code ${code}`);
  return ending;
}
