// Vulkan drivers that need no graphics card, for tests. Which ones a process sees is decided by its environment, so what
// needs an adapter runs in a process of its own.

import { execFileSync, spawn } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

/** Whether long runs have their full length; docs/webgpu.md says what that adds. */
export const IS_FULL: boolean = process.env["GVPIE_TEST_FULL"] === "1";

export type DriverName = "swiftshader" | "lavapipe";

interface Driver {
  readonly icd?: string;
  readonly ldLibraryPath?: string;
  readonly missing?: string;
}

const SCRIPT = fileURLToPath(new URL("../../../scripts/gpu-drivers.mjs", import.meta.url));

let drivers: Record<DriverName, Driver> | undefined;

/**
 * The environment in which a process sees only this driver. Where it cannot be had, the running test is skipped, saying
 * why; under CI=true it fails instead.
 */
export function requireDriver(context: TestContext, name: DriverName): NodeJS.ProcessEnv {
  drivers ??= JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: "utf8" })) as Record<
    DriverName,
    Driver
  >;
  const { icd, ldLibraryPath, missing } = drivers[name];
  if (icd === undefined) {
    const reason = `no ${name}: ${missing}`;
    if (process.env["CI"] === "true") throw new Error(reason);
    return context.skip(reason);
  }
  return environment(icd, ldLibraryPath);
}

/** An environment without any driver. */
export function noDriver(): NodeJS.ProcessEnv {
  return environment("/nonexistent.json", undefined);
}

function environment(icd: string, libraries: string | undefined): NodeJS.ProcessEnv {
  const paths = [libraries, process.env["LD_LIBRARY_PATH"]].filter(
    (path) => path !== undefined && path !== "",
  );
  return {
    ...process.env,
    VK_DRIVER_FILES: icd,
    VK_ICD_FILENAMES: icd,
    LD_LIBRARY_PATH: paths.join(delimiter),
    XDG_RUNTIME_DIR: process.env["XDG_RUNTIME_DIR"] ?? "/tmp",
  };
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

/** Runs a file beside this one under Node, from live sources. */
export async function runNode(
  file: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): Promise<Ended> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@gvpie/source", path, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  return { code, signal, stdout, stderr, endedAt: Date.now() };
}

/** What a program printed as its last line, as JSON. */
export function lastLine({ code, stdout, stderr }: Ended): unknown {
  if (code !== 0) throw new Error(`exit ${code}\n${stdout}\n${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}
