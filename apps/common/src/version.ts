import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The version of the app that `directory` belongs to.
 *
 * @param directory a folder beside the app's `package.json`, such as `src`, `dist` or `bundle`.
 */
export function readVersion(directory: string): string {
  const path = join(directory, "../package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
