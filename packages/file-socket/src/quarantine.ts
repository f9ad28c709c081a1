import { lstatSync, readdirSync, rmdirSync } from "node:fs";
import { errnoOf } from "./errors.ts";
import { failpoint } from "./process/failpoint.ts";
import { discard, move } from "./files.ts";
import { newId } from "./names.ts";

const MAX_FILES = 64;
const MAX_BYTES = 16 * 1024 * 1024;

/** Where refused files go, for someone to look at: the newest 64, and at most 16 MiB. */
export class Quarantine {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Take `path` away; false when it was gone. Links are moved, never followed; nothing is ever opened. */
  take(path: string): boolean {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return false;
    if (found.isFile() && found.size > MAX_BYTES) return discard(path);
    failpoint("file-socket/quarantine/before-move");
    const taken = move(path, `${this.#path}/${newId()}`);
    failpoint("file-socket/quarantine/after-move");
    this.trim();
    return taken;
  }

  /** Rename a file of ours `from` where it was written `to` a fixed name, and put a directory that is in the way aside. */
  publish(from: string, to: string): boolean {
    try {
      return move(from, to);
    } catch (error) {
      if (errnoOf(error) !== "EISDIR") throw error;
      this.take(to);
      return move(from, to);
    }
  }

  /** Remove the oldest until the rest fits. A directory is removed only when empty: what it holds is not ours. */
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
      if (found.isDirectory()) removeIfEmpty(path);
      else discard(path);
      failpoint("file-socket/quarantine/after-remove");
    }
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not empty: it stays.
  }
}
