import { type Dir, opendirSync } from "node:fs";
import { errnoOf } from "./errno.ts";

/** A path: a Buffer if a name in it is not ASCII, and then perhaps not UTF-8. */
export type EntryPath = string | Buffer;

/**
 * The names in one directory, a few at a time, so that a large directory does not hold the event loop. Each byte of a
 * name is one character; {@link entryPath} returns its path.
 */
export class Listing {
  readonly #directory: Dir;

  constructor(path: EntryPath) {
    // latin1: names need not be UTF-8, and the names of the protocol are ASCII.
    this.#directory = opendirSync(path, { bufferSize: 64, encoding: "latin1" });
  }

  /** Returns the next names, fewer than `limit` only at the end. */
  read(limit: number): readonly string[] {
    const names: string[] = [];
    while (names.length < limit) {
      const entry = this.#directory.readSync();
      if (entry === null) break;
      names.push(entry.name);
    }
    return names;
  }

  close(): void {
    this.#directory.closeSync();
  }
}

/** Yields the names in a directory. */
export function* namesIn(path: EntryPath): Generator<string, void> {
  const listing = new Listing(path);
  try {
    for (;;) {
      const [name] = listing.read(1);
      if (name === undefined) return;
      yield name;
    }
  } finally {
    listing.close();
  }
}

/** Returns the first `limit` names in a directory; undefined if it is missing, unreadable or not a directory. */
export function listNames(path: EntryPath, limit: number): readonly string[] | undefined {
  try {
    const listing = new Listing(path);
    try {
      return listing.read(limit);
    } finally {
      listing.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Returns the path of the entry `name` of a {@link Listing} of `directory`. */
export function entryPath(directory: EntryPath, name: string): EntryPath {
  // oxlint-disable-next-line no-control-regex
  if (typeof directory === "string" && /^[\x00-\x7f]*$/.test(name)) return `${directory}/${name}`;
  return Buffer.concat([Buffer.from(directory), Buffer.from("/"), Buffer.from(name, "latin1")]);
}
