import { readdirSync, readFileSync } from "node:fs";

const SOURCES = ["file-socket", "daemon"].map(
  (name) => new URL(`../../../packages/${name}/src/`, import.meta.url),
);

/** Recorded by a case that kills processes at failpoints. */
export interface FailpointCount {
  /** Number of failpoints in this form. */
  readonly failpoints: number;
}

/** Returns, in order, the names of all failpoints in the sources that begin with `prefix`. */
export function failpointNames(prefix: string): string[] {
  const names = new Set<string>();
  for (const source of SOURCES) {
    for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const text = readFileSync(new URL(file, source), "utf8");
      for (const [, name = ""] of text.matchAll(/failpoint\("([^"]+)"\)/g)) names.add(name);
    }
  }
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

/** Returns every nth name, a sample for a short form. */
export function everyNth(n: number, names: readonly string[]): string[] {
  return names.filter((_, index) => index % n === 0);
}
