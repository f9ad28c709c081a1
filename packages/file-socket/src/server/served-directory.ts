import { lstatSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { FileSocketError } from "../errors.ts";
import {
  ensureDirectory,
  type HeldDirectory,
  holdDirectory,
  isSameFile,
  makeDirectories,
} from "../fs/directory.ts";
import { failpoint } from "../process/failpoint.ts";
import { type Tree, treeOf } from "../protocol/tree.ts";
import { type Lock, takeLock } from "./lock.ts";

/** A validated directory that this process has locked, with the tree of a server in it. */
export class ServedDirectory {
  readonly tree: Tree;
  readonly #held: HeldDirectory;
  readonly #lock: Lock;
  readonly #isTreeIntact: () => boolean;

  /**
   * Creates the directory if it is missing, validates and locks it, creates the tree, and returns the result of `use`. If
   * that throws, the directory is closed.
   *
   * @throws {FileSocketError}
   */
  static open<T>(dir: string, use: (directory: ServedDirectory) => T): T {
    makeDirectories(resolve(dir));
    const held = holdDirectory(dir);
    let lock: Lock | undefined;
    try {
      const tree = treeOf(held.base);
      ensureDirectory(tree.v1);
      failpoint("file-socket/lock/before-take");
      lock = takeLock(tree.lock, {
        held: `another server already serves ${held.path}`,
        locked: `${held.path} (v1/lock.db)`,
        file: `${held.path}/v1/lock.db`,
      });
      failpoint("file-socket/lock/after-take");
      createTree(tree);
      failpoint("file-socket/tree/after-create");
      return use(new ServedDirectory(held, lock, tree));
    } catch (error) {
      lock?.release();
      held.close();
      throw withConfiguredPath(error, held);
    }
  }

  private constructor(held: HeldDirectory, lock: Lock, tree: Tree) {
    this.tree = tree;
    this.#held = held;
    this.#lock = lock;
    this.#isTreeIntact = treeIdentity(tree);
  }

  /** True if the path still names this directory and no directory of the tree was replaced. */
  get isInPlace(): boolean {
    return this.#held.isInPlace() && this.#isTreeIntact();
  }

  close(): void {
    this.#lock.release();
    this.#held.close();
  }
}

/** Creates the directories of a tree that are missing below `v1`. */
export function createTree(tree: Tree): void {
  for (const path of [tree.tmp, tree.new, tree.run, tree.out]) ensureDirectory(path);
  try {
    ensureDirectory(tree.bad);
  } catch (error) {
    // The server does without a quarantine: it leaves refused files where they are, and reports them.
    if (!(error instanceof FileSocketError)) throw error;
  }
}

/** Returns a function that reports whether every part of the tree is still the same file. */
function treeIdentity(tree: Tree): () => boolean {
  const parts = [tree.v1, tree.lock, tree.tmp, tree.new, tree.run, tree.out];
  const known: (readonly [string, Stats])[] = parts.map((path) => [path, lstatSync(path)]);
  return () =>
    known.every(([path, stats]) => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found !== undefined && isSameFile(found, stats);
    });
}

/** Returns `error` with the configured path in its message in place of `/proc/self/fd/N`. */
function withConfiguredPath(error: unknown, { base, path }: HeldDirectory): unknown {
  if (!(error instanceof FileSocketError) || !error.message.includes(base)) return error;
  return new FileSocketError(error.code, error.message.replaceAll(base, path), { cause: error });
}
