import { readdirSync, readFileSync } from "node:fs";

const SOURCES = ["../../packages/file-socket/src/", "../../packages/daemon/src/"];

/** Every failpoint in our sources whose name begins so, in order. */
export function failpointNames(prefix: string): string[] {
  const names = new Set<string>();
  for (const source of SOURCES.map((path) => new URL(path, import.meta.url))) {
    for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const text = readFileSync(new URL(file, source), "utf8");
      for (const [, name = ""] of text.matchAll(/failpoint\("([^"]+)"\)/g)) names.add(name);
    }
  }
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

/** A sample for a short form: the first of so many, and so on. */
export function everyNth(step: number, names: readonly string[]): string[] {
  return names.filter((_, index) => index % step === 0);
}
