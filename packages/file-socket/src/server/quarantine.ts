import { lstatSync, mkdirSync, rmdirSync, type Stats, unlink } from "node:fs";
import { errnoOf, isObstacle } from "../fs/errno.ts";
import { createFile, move, remove } from "../fs/files.ts";
import { entryPath, type EntryPath, namesIn } from "../fs/listing.ts";
import type { Clock } from "../process/clock.ts";
import { failpoint } from "../process/failpoint.ts";
import { newId } from "../protocol/names.ts";
import type { Tree } from "../protocol/tree.ts";
import type { ServerEvent } from "../types.ts";

const MAX_FILES = 64;
const MAX_BYTES = 16 * 1024 * 1024;
/** Entries that are remembered because they could not be moved. */
const MAX_STUCK = 16_384;
/** Milliseconds until such an entry is tried again. */
const RETRY_MS = 5_000;

/** `stuck`: the entry cannot be moved or removed. It is remembered and was reported. */
export type Removal = "done" | "missing" | "stuck";

interface Kept {
  readonly name: string;
  readonly bytes: number;
  readonly isDirectory: boolean;
}

export interface QuarantineTerms {
  readonly tree: Tree;
  readonly clock: Clock;
  readonly emit: (event: ServerEvent) => void;
}

/**
 * Takes entries out of the way. It keeps refused files in `v1/bad` for the operator: the newest 64, at most 16 MiB. No
 * method throws because of the entry: one that cannot be moved is left where it is, reported once, and tried again
 * later. Each call does a bounded amount of work, however many entries there are.
 */
export class Quarantine {
  readonly #tree: Tree;
  readonly #clock: Clock;
  readonly #emit: (event: ServerEvent) => void;
  /** The newest entries of `v1/bad`, oldest first. */
  readonly #kept: Kept[] = [];
  #bytes = 0;
  /** When to try an entry again, by path; the one that was found first comes first. */
  readonly #stuck = new Map<string, number>();

  constructor({ tree, clock, emit }: QuarantineTerms) {
    this.#tree = tree;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Moves `path` to the quarantine. Never opens it or follows a link. */
  take(path: EntryPath): Removal {
    return this.isStuck(path) ? "stuck" : this.takeNow(path);
  }

  /** Like {@link take}, also if the entry could not be moved a short time ago. */
  takeNow(path: EntryPath): Removal {
    return this.#attempt(path, (found) => {
      const name = newId();
      this.#requireUsable();
      failpoint("file-socket/quarantine/before-move");
      const isTaken = move(path, `${this.#tree.bad}/${name}`);
      failpoint("file-socket/quarantine/after-move");
      if (!isTaken) return false;
      this.#keep({ name, bytes: found.isFile() ? found.size : 0, isDirectory: found.isDirectory() });
      const message = `moved ${this.#shown(path)} to v1/bad`;
      this.#emit({ type: "quarantined", level: "info", message, fields: { name } });
      return true;
    });
  }

  /** Removes a file, or quarantines a directory. */
  remove(path: EntryPath): Removal {
    try {
      return remove(path) ? "done" : "missing";
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      if (lstatOf(path)?.isDirectory() === true) return this.take(path);
      return this.note(path, error);
    }
  }

  /** Removes a directory if it is empty. */
  removeDirectory(path: EntryPath): Removal {
    return this.#attempt(path, () => {
      rmdirSync(path);
      return true;
    });
  }

  /** Like {@link createFile}, after removing an obstacle with that name. */
  create(path: string, chunks: readonly Uint8Array[]): number {
    try {
      return createFile(path, chunks);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST" || this.remove(path) === "stuck") throw error;
      return createFile(path, chunks);
    }
  }

  /**
   * Renames a staged file to its fixed name `to`; a directory with that name is quarantined first. Returns false, and
   * removes the staged file, if an obstacle remains.
   */
  publish(staged: string, to: string): boolean {
    try {
      return move(staged, to);
    } catch (error) {
      if (!isObstacle(error)) throw error;
    }
    const removal = this.takeNow(to);
    try {
      if (removal !== "stuck") return move(staged, to);
    } catch (error) {
      this.note(to, error);
    }
    this.remove(staged);
    return false;
  }

  /** True if `path` could not be moved a short time ago. */
  isStuck(path: EntryPath): boolean {
    const retryAt = this.#stuck.get(keyOf(path));
    return retryAt !== undefined && this.#clock.monotonic() < retryAt;
  }

  /** True if `path` could not be moved at the last attempt. */
  isKnown(path: EntryPath): boolean {
    return this.#stuck.has(keyOf(path));
  }

  /** True if a failed rename of `path` is the fault of this entry, and not of the directories or the disk. */
  isCausedBy(path: EntryPath, error: unknown): boolean {
    if (isObstacle(error)) return true;
    // The rename of a directory changes its "..", which needs the right to write to it.
    return errnoOf(error) === "EACCES" && lstatOf(path)?.isDirectory() === true;
  }

  /**
   * Remembers that `path` cannot be moved, and reports it the first time.
   *
   * @throws `error` if it is not a system error.
   */
  note(path: EntryPath, error: unknown): "stuck" {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const key = keyOf(path);
    const isKnown = this.#stuck.has(key);
    this.#stuck.set(key, this.#clock.monotonic() + RETRY_MS);
    if (isKnown) return "stuck";
    for (const oldest of this.#stuck.keys()) {
      if (this.#stuck.size <= MAX_STUCK) break;
      this.#stuck.delete(oldest);
    }
    const message = `cannot move ${this.#shown(path)} (${code}); skipping it until it can be moved`;
    this.#emit({ type: "stuck", level: "warn", message, fields: { code } });
    return "stuck";
  }

  /** Yields after each step of removing the oldest entries of `v1/bad`, which other processes may have added. */
  *trim(): Generator<void, void> {
    if (lstatOf(this.#tree.bad)?.isDirectory() !== true) return;
    for (const name of namesIn(this.#tree.bad)) {
      yield;
      if (this.#kept.some((one) => one.name === name)) continue;
      const found = lstatOf(entryPath(this.#tree.bad, name));
      if (found === undefined) continue;
      this.#keep({ name, bytes: found.isFile() ? found.size : 0, isDirectory: found.isDirectory() });
    }
  }

  #attempt(path: EntryPath, action: (found: Stats) => boolean): Removal {
    try {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found !== undefined && action(found)) {
        this.#stuck.delete(keyOf(path));
        return "done";
      }
      this.#stuck.delete(keyOf(path));
      return "missing";
    } catch (error) {
      return this.note(path, error);
    }
  }

  /** A link in the place of `v1/bad` would take files out of the tree. */
  #requireUsable(): void {
    const found = lstatSync(this.#tree.bad, { throwIfNoEntry: false });
    if (found === undefined) return mkdirSync(this.#tree.bad, { mode: 0o700 });
    if (found.isDirectory()) return;
    throw Object.assign(new Error("expected v1/bad to be a directory"), {
      code: "ENOTDIR",
      syscall: "rename",
    });
  }

  /** Adds an entry of `v1/bad`, and removes the oldest ones beyond the limits. */
  #keep(added: Kept): void {
    let at = this.#kept.length;
    while (at > 0 && (this.#kept[at - 1] as Kept).name > added.name) at--;
    this.#kept.splice(at, 0, added);
    this.#bytes += added.bytes;
    while (this.#kept.length > MAX_FILES || this.#bytes > MAX_BYTES) {
      const oldest = this.#kept.shift() as Kept;
      this.#bytes -= oldest.bytes;
      failpoint("file-socket/quarantine/before-remove");
      this.#drop(oldest);
      failpoint("file-socket/quarantine/after-remove");
    }
  }

  /** Removes a file, or an empty directory: the content of another one is not ours. */
  #drop({ name, bytes, isDirectory }: Kept): void {
    const path = entryPath(this.#tree.bad, name);
    try {
      if (isDirectory) {
        rmdirSync(path);
      } else if (bytes > MAX_BYTES) {
        // Not on this thread: a file system may take seconds to free a huge file.
        unlink(path, () => {});
      } else {
        remove(path);
      }
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  #shown(path: EntryPath): string {
    return JSON.stringify(keyOf(path).slice(this.#tree.root.length + 1));
  }
}

function keyOf(path: EntryPath): string {
  return typeof path === "string" ? path : path.toString("latin1");
}

/** Returns the status of `path`; undefined if it is missing or in a directory that cannot be searched. */
export function lstatOf(path: EntryPath): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
