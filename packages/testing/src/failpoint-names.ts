import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Returns the names of all failpoints in the TypeScript files below a folder, sorted. */
export function failpointNames(folder: URL): string[] {
  const files = globSync(`${fileURLToPath(folder)}/**/*.ts`);
  const calls = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/failpoint\("([^"]+)"\)/g)]);
  return [...new Set(calls.map(([, name = ""]) => name))].sort();
}
