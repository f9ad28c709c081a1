import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The scripts of the page. `build-page.mjs` makes them. */
export const SCRIPT_NAMES = ["page.js", "login.js", "verify.js", "verify-worker.js"] as const;

/** In this bundle or, in a checkout, in the build, also for the sources. */
const FOLDERS = ["browser", "../../dist/browser"].map((folder) => join(import.meta.dirname, folder));

/** Returns undefined for a script that was not built. */
export function readScript(name: string): string | undefined {
  for (const folder of FOLDERS) {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return undefined;
}

/** Returns a warning with what to run if scripts of the page were not built: its address with a code needs one. */
export function missingScripts(folders: readonly string[] = FOLDERS): string | undefined {
  const missing = SCRIPT_NAMES.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return undefined;
  const effect = "no address of gvpie page, no live update and no verification in the browser works";
  return `the scripts of the page are not built, so ${effect}: run npm start, or node apps/zero-human-daemon/build-page.mjs`;
}
