/**
 * Runs python scripts as another user:
 *   node --conditions=@gvpie/source python-process.ts '{"uid":65534,"scripts":["print(1)"]}'
 * Root becomes that user once everything is loaded, since a checkout may be where only root reads. Prints a line of JSON for each.
 */
import { createPythonRunner } from "@gvpie/daemon";
import { createCpuRasterizer } from "@gvpie/raster-cpu";
import { writeSync } from "node:fs";
import { failureText } from "@gvpie/daemon/internal";
import type { ScriptEnding } from "./python-scripts.ts";

const { uid, scripts } = JSON.parse(process.argv[2] ?? "") as { uid?: number; scripts: string[] };
if (uid !== undefined) {
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const runner = createPythonRunner({ rasterizer: createCpuRasterizer() });
for (const code of scripts) {
  const start = performance.now();
  const script = { id: 1, name: "snake", lang: "python", code, options: {} } as const;
  const context = { signal: new AbortController().signal, patienceMs: 0, waiting: () => {} };
  let ending: Omit<ScriptEnding, "ms">;
  try {
    const { stdout, stderr, drawing } = await runner.run(script, context);
    ending = { success: true, stdout, stderr, program: drawing?.program };
  } catch (error) {
    const stdout = (error as { stdout?: string }).stdout ?? "";
    ending = { success: false, stdout, stderr: failureText(error), program: undefined };
  }
  writeSync(1, `${JSON.stringify({ ...ending, ms: performance.now() - start })}\n`);
}
