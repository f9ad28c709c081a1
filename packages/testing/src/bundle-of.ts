import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));
/** The folder of the bundles that a run of the tests makes. */
export const BUNDLES: string = join(ROOT, ".cache/bundles");

/** Returns the bundle of a program in a run of the tests, or the program where there is none. See `process-bundles.ts`. */
export function bundleOf(program: string): string {
  if (process.env["VITEST"] === undefined) return program;
  const bundle = join(BUNDLES, relative(ROOT, program).replace(/\.ts$/, ".mjs"));
  return existsSync(bundle) ? bundle : program;
}
