import * as fs from "node:fs";
import { exists } from "./input.ts";

/** True for a glob: a path with `*`, `?`, `[` or `{` that is not the name of a file. */
export function isPattern(path: string): boolean {
  return /[*?[{]/.test(path) && !exists(path);
}

/** True for an existing directory, and for a name that ends with a slash. */
export function isDirectory(path: string): boolean {
  return path.endsWith("/") || fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Returns the files that the paths and globs name, each once: paths in their order, the files of a glob sorted. */
export function expandPatterns(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => (isPattern(path) ? filesOf(path) : [path])))];
}

function filesOf(pattern: string): string[] {
  return withoutWarnings(() => fs.globSync(pattern))
    .filter((path) => fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}

/** Node 22 prints an ExperimentalWarning at the first glob. */
function withoutWarnings<T>(work: () => T): T {
  const emitWarning = Object.getOwnPropertyDescriptor(process, "emitWarning");
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    if (emitWarning !== undefined) Object.defineProperty(process, "emitWarning", emitWarning);
  }
}
