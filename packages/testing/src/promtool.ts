import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { skipVisibly } from "./skip.ts";

const SCRIPT = fileURLToPath(new URL("../../../scripts/promtool.mjs", import.meta.url));

/** Runs Prometheus's promtool. Returns its output if it finds fault, else an empty text. Skips the test if there is none. */
export function promtool(context: TestContext, args: readonly string[], input = ""): string {
  let path: string;
  try {
    path = execFileSync(process.execPath, [SCRIPT], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return skipVisibly(context, "no promtool: apt-get install prometheus");
  }
  const { status, stdout, stderr } = spawnSync(path, args, { input, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}exit code ${status}`;
}

/**
 * Compares the metrics of a text for Prometheus with those of the tables of a README, and returns the names that only one has. The
 * metrics of every process stand in one row, `process_…`.
 */
export function metricDrift(text: string, readme: string): string[] {
  const exported = new Set(Array.from(text.matchAll(/^# TYPE (\w+) /gm), ([, name = ""]) => name));
  const documented = new Set(Array.from(readme.matchAll(/^\| `(\w+)` /gm), ([, name = ""]) => name));
  const isOwn = (name: string): boolean => name.startsWith("gvpie_");
  const either = [...exported, ...documented].filter(isOwn);
  return either.filter((name) => !exported.has(name) || !documented.has(name)).sort();
}
