import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FuzzTarget } from "@gvpie/testing/fuzz";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The file of a target. */
export interface TargetFile {
  /** The file's name without its ending. */
  readonly name: string;
  readonly path: string;
  /** Folder of the inputs that earlier sessions kept. */
  readonly corpus: string;
}

/** A target with its file. */
export interface LoadedTarget extends FuzzTarget {
  readonly file: TargetFile;
}

/** Finds the files `packages/*\/test/fuzz/*.ts`, in order of their paths. */
export function findTargets(): TargetFile[] {
  return globSync("packages/*/test/fuzz/*.ts", { cwd: ROOT })
    .sort()
    .map((file) => {
      const path = join(ROOT, file);
      const name = basename(path, ".ts");
      return { name, path, corpus: join(dirname(path), "corpus", name) };
    });
}

/** Finds a target by name. Throws a `RangeError` that lists all names if there is none. */
export function findTarget(name: string): TargetFile {
  const files = findTargets();
  const found = files.find((file) => file.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`expected a target of ${files.map((file) => file.name).join(", ")}, got ${name}`);
}

/** Imports a target, which its file exports as `target`. */
export async function loadTarget(file: TargetFile): Promise<LoadedTarget> {
  const { target } = (await import(file.path)) as { target: FuzzTarget };
  return { ...target, file };
}
