import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Returns the names of all failpoints in the sources of this package, sorted. */
export function failpointNames(): string[] {
  const source = fileURLToPath(new URL("../../src", import.meta.url));
  const names = new Set<string>();
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const text = readFileSync(`${source}/${file}`, "utf8");
    for (const [, name = ""] of text.matchAll(/failpoint\("([^"]+)"\)/g)) names.add(name);
  }
  return [...names].sort();
}
