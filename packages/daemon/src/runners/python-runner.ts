import type { Rasterizer } from "@gvpie/raster";
import { RunError } from "../errors.ts";
import type { Runner } from "../types.ts";
import { drawPixels } from "./pixel-runner.ts";
import { openSandbox, PYTHON_LIMITS, type ProcessResult, type Sandbox } from "./python/index.ts";
import { useCapability } from "./use-capability.ts";

/** Prefix that marks stdout as a program to render. To the parser it is a comment. */
const PROGRAM_PREFIX = "#!pxl";

/**
 * Creates a runner for `python` scripts. They run in a sandbox: no network, read-only system files, 256 MiB of memory, 16 processes,
 * 2 s of processor time together, 5 s in all, 64 KiB of output. Output that begins with `#!pxl` is rendered. The caller closes the rasteriser.
 *
 * Needs Linux, bubblewrap and a delegated control group. If one of them is missing, and for root, every run fails with the
 * `PYTHON_…` code for it.
 */
export function createPythonRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  let opening: Promise<Sandbox> | undefined;

  async function getSandbox(): Promise<Sandbox> {
    opening ??= openSandbox();
    try {
      return await opening;
    } catch (error) {
      // The missing part may be installed before the next script runs.
      opening = undefined;
      throw error;
    }
  }

  return {
    run: (script, context) =>
      useCapability(rasterizer, script, context, async (limited) => {
        const { signal } = context;
        const sandbox = await getSandbox();
        const { stdout, stderr } = requireSuccess(await sandbox.run(script.code, signal));
        if (!stdout.startsWith(PROGRAM_PREFIX)) return { drawing: undefined, stdout, stderr };
        const drawn = await drawPixels(stdout, script.options, limited, signal);
        return { ...drawn, stdout, stderr: [stderr, drawn.stderr].filter(Boolean).join("\n") };
      }),
  };
}

function requireSuccess(result: ProcessResult): ProcessResult {
  const { code, exceeded, stdout, stderr } = result;
  const fail = (reason: ConstructorParameters<typeof RunError>[0], message: string): never => {
    throw new RunError(reason, [message, stderr].filter(Boolean).join("\n"), { stdout });
  };
  const { wallMs, outputBytes, cpuSeconds } = PYTHON_LIMITS;
  if (exceeded === "time") fail("PYTHON_TIMEOUT", `the script took longer than ${wallMs / 1_000} s`);
  if (exceeded === "processor time" || (code === 137 && exceeded === undefined)) {
    fail("PYTHON_KILLED", `over ${cpuSeconds} s of processor time, or too much memory`);
  }
  if (exceeded) fail("PYTHON_OUTPUT", `the script wrote more than ${outputBytes} bytes to ${exceeded}`);
  if (code !== 0) fail("PYTHON_FAILED", `the script exited with code ${code}`);
  return result;
}
