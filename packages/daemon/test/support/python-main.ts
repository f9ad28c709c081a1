/**
 * Runs python scripts as another user:
 *   node --conditions=@gvpie/source python-main.ts '{"uid":65534,"scripts":["print(1)"]}'
 * It changes to that user after its imports, because only root may be able to read the checkout. Prints each result as a line of JSON.
 */
import { createPythonRunner } from "@gvpie/daemon";
import { failureText } from "../../src/failure-text.ts";
import { PYTHON_LIMITS } from "../../src/runners/python/limits.ts";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { writeSync } from "node:fs";
import type { ScriptResult } from "./python-scripts.ts";

const { uid, scripts, patient } = JSON.parse(process.argv[2] ?? "") as {
  uid?: number;
  scripts: string[];
  patient: number;
};
if (uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const runner = createPythonRunner({ rasterizer: createCpuRasterizer() });
for (const [index, code] of scripts.entries()) {
  if (index === scripts.length - patient) Object.assign(PYTHON_LIMITS, { wallMs: 60_000 });
  const start = performance.now();
  const script = { id: 1, name: "snake", lang: "python", code, options: {} } as const;
  const context = {
    signal: new AbortController().signal,
    patienceMs: 0,
    waiting: () => {},
    holdSlot: () => {},
    timeLeftMs: () => 60_000,
  };
  let result: Omit<ScriptResult, "ms">;
  try {
    const { stdout, stderr, drawing } = await runner.run(script, context);
    result = { success: true, stdout, stderr, program: drawing?.program, frames: drawing?.frames?.length };
  } catch (error) {
    const stdout = (error as { stdout?: string }).stdout ?? "";
    result = { success: false, stdout, stderr: failureText(error), program: undefined };
  }
  writeSync(1, `${JSON.stringify({ ...result, ms: performance.now() - start })}\n`);
}
