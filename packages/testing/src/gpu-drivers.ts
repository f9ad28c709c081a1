// Vulkan drivers that need no graphics card. The environment of a process decides which driver it sees, so a test that
// needs an adapter runs it in a process of its own.
import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { skipVisibly } from "./skip.ts";

export type DriverName = "swiftshader" | "lavapipe";

/** An installed driver, or the reason why it is missing. */
export type Driver = { readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

interface Found {
  readonly icd?: string;
  readonly ldLibraryPath?: string;
  readonly missing?: string;
}

const SCRIPT = fileURLToPath(new URL("../../../scripts/gpu-drivers.mjs", import.meta.url));

let found: Readonly<Record<DriverName, Found>> | undefined;

/** Finds a driver. `env` is an environment in which a process sees only this driver. */
export function findDriver(name: DriverName): Driver {
  found ??= JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: "utf8" })) as Record<
    DriverName,
    Found
  >;
  const { icd, ldLibraryPath, missing = "" } = found[name];
  return icd === undefined ? { missing } : { env: environment(icd, ldLibraryPath) };
}

/** Returns the driver's environment. Skips the running test if the driver is missing; with `CI=true` it throws. */
export function requireDriver(context: TestContext, name: DriverName): NodeJS.ProcessEnv {
  const driver = findDriver(name);
  return "env" in driver ? driver.env : skipVisibly(context, `no ${name}: ${driver.missing}`);
}

/** Returns an environment without any driver. */
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
