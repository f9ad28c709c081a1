import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("../../apps/gvpie/", import.meta.url));

/** The command as packed: bundled into one file. */
export const GVPIE: string = join(APP, "bundle", "gvpie.cjs");

/** Calls `measure` while the file {@link GVPIE} exists. */
export async function withBundle<T>(measure: () => T | Promise<T>): Promise<T> {
  execFileSync(process.execPath, [join(APP, "bundle.mjs")]);
  try {
    return await measure();
  } finally {
    rmSync(join(APP, "bundle"), { recursive: true });
  }
}
