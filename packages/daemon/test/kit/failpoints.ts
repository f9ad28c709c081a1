import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Every failpoint of this package, found in its sources. */
export function failpointNames(): string[] {
  const source = fileURLToPath(new URL("../../src", import.meta.url));
  const names = new Set<string>();
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    for (const [, name = ""] of readFileSync(`${source}/${file}`, "utf8").matchAll(/failpoint\("([^"]+)"\)/g))
      names.add(name);
  }
  return [...names].sort();
}
