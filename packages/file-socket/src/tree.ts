import { lstatSync, type Stats } from "node:fs";
import { ensureDirectory, isSameFile } from "./directory.ts";

/** The paths of a served directory. */
export interface Tree {
  readonly root: string;
  readonly command: string;
  readonly output: string;
  readonly error: string;
  readonly v1: string;
  readonly lock: string;
  readonly server: string;
  readonly tmp: string;
  readonly new: string;
  readonly run: string;
  readonly out: string;
  readonly bad: string;
}

export function treeOf(base: string): Tree {
  const v1 = `${base}/v1`;
  return {
    root: base,
    command: `${base}/cmd.json`,
    output: `${base}/out.raw`,
    error: `${base}/err.json`,
    v1,
    lock: `${v1}/lock.db`,
    server: `${v1}/server.json`,
    tmp: `${v1}/tmp`,
    new: `${v1}/new`,
    run: `${v1}/run`,
    out: `${v1}/out`,
    bad: `${v1}/bad`,
  };
}

/** Make what is missing below `v1`. */
export function createTree(tree: Tree): void {
  for (const path of [tree.tmp, tree.new, tree.run, tree.out, tree.bad]) ensureDirectory(path);
}

/** Tells later whether all of it is still the same. */
export function treeIdentity(tree: Tree): () => boolean {
  const parts = [tree.v1, tree.lock, tree.tmp, tree.new, tree.run, tree.out, tree.bad];
  const known: (readonly [string, Stats])[] = parts.map((path) => [path, lstatSync(path)]);
  return () =>
    known.every(([path, stats]) => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found !== undefined && isSameFile(found, stats);
    });
}
