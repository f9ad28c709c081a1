import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { errnoOf } from "../fs/errno.ts";
import { move, remove } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { newId } from "../protocol/names.ts";

const MAX_FILES = 64;
const MAX_BYTES = 16 * 1024 * 1024;

/** Keeps refused files in `v1/bad` for the operator: the newest 64, at most 16 MiB. */
export class Quarantine {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Moves `path` to the quarantine. Returns false if it does not exist. Never opens it or follows a link. */
  take(path: string): boolean {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return false;
    if (found.isFile() && found.size > MAX_BYTES) return remove(path);
    failpoint("file-socket/quarantine/before-move");
    const taken = move(path, `${this.#path}/${newId()}`);
    failpoint("file-socket/quarantine/after-move");
    this.trim();
    return taken;
  }

  /** Removes a file, or quarantines a directory. */
  remove(path: string): void {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) {
      this.take(path);
    } else {
      remove(path);
    }
  }

  /** Renames a staged file to its fixed name `to`. A directory with that name is quarantined first. */
  publish(staged: string, to: string): void {
    try {
      move(staged, to);
    } catch (error) {
      if (errnoOf(error) !== "EISDIR") throw error;
      this.take(to);
      move(staged, to);
    }
  }

  /** Removes the oldest files beyond the limits. A directory is removed only if it is empty: its content is not ours. */
  trim(): void {
    const names = readdirSync(this.#path).sort().reverse();
    let files = 0;
    let bytes = 0;
    for (const name of names) {
      const path = `${this.#path}/${name}`;
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined) continue;
      files++;
      bytes += found.isFile() ? found.size : 0;
      if (files <= MAX_FILES && bytes <= MAX_BYTES) continue;
      failpoint("file-socket/quarantine/before-remove");
      if (found.isDirectory()) {
        removeIfEmpty(path);
      } else {
        remove(path);
      }
      failpoint("file-socket/quarantine/after-remove");
    }
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not empty.
  }
}
