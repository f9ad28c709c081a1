// Vulkan drivers that need no graphics card, for tests. Which ones a process sees is decided by its environment, so what
// needs an adapter runs in a process of its own.

import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";

export type DriverName = "swiftshader" | "lavapipe";

interface Driver {
  readonly icd?: string;
  readonly ldLibraryPath?: string;
  readonly missing?: string;
}

const SCRIPT = fileURLToPath(new URL("../scripts/gpu-drivers.mjs", import.meta.url));

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
