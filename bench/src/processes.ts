import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { residentBytes, startProcess, type TestProcess, waitUntil } from "@gvpie/testing";

/** Starts a `gvpie-daemon` that serves `dir`. */
export async function startRenderer(dir: string): Promise<TestProcess> {
  const daemon = startApp("gvpie-daemon", ["--dir", dir, "--backend", "cpu"]);
  await waitUntil(() => existsSync(join(dir, "v1", "server.json")), { timeoutMs: 30_000 });
  return daemon;
}

/** Starts a `zero-human-daemon` with these options. */
export function startLoop(options: readonly string[]): TestProcess {
  return startApp("zero-human-daemon", options);
}

/** Starts `gvpie` with these arguments. */
export function startCommand(args: readonly string[]): TestProcess {
  return startFile("../../apps/gvpie/bin/gvpie.cjs", args);
}

/** Starts a file of the bench under Node, with the packages as built. */
export function startScript(name: string, args: readonly string[]): TestProcess {
  return startFile(`./${name}`, args);
}

function startApp(name: string, options: readonly string[]): TestProcess {
  return startFile(`../../apps/${name}/bin/${name}.cjs`, ["--log-level", "error", ...options]);
}

function startFile(path: string, args: readonly string[]): TestProcess {
  return startProcess(process.execPath, [fileURLToPath(new URL(path, import.meta.url)), ...args]);
}

/** Returns the resident memory of a process in megabytes (2²⁰ bytes). */
export function memoryOf({ pid }: TestProcess): number {
  return residentBytes(pid) / 2 ** 20;
}
