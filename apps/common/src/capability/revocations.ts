import { type FSWatcher, lstatSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { CapabilityFileError } from "./errors.ts";
import { fileError } from "./file.ts";
import { readRevocations } from "./revocation-file.ts";

/** Milliseconds between two looks at the file, in case a watch event is lost. */
const POLL_MS = 250;
/** An id that is no longer in the file counts as revoked until the file has not changed for this time. */
const SETTLE_MS = 1000;

/** A change of the list in force. */
export type RevocationEvent =
  /** The file was read: so many ids are in force. */
  | { readonly type: "loaded"; readonly path: string; readonly count: number }
  /** The file does not exist at the start: no id is in force until it does. */
  | { readonly type: "missing"; readonly path: string }
  /** The file cannot be read any more: the last list stays in force. Reported once for each different reason. */
  | { readonly type: "kept"; readonly path: string; readonly count: number; readonly error: Error };

export interface RevocationOptions {
  readonly onEvent?: ((event: RevocationEvent) => void) | undefined;
}

/** The revoked blocks of a file, which is watched. */
export interface Revocations {
  /** True if the block with this id is revoked. */
  isRevoked(id: string): boolean;
  close(): void;
}

/**
 * Reads a file of revocations and watches it. A new id is in force as soon as the file is read. A file that disappears, becomes
 * empty, or cannot be read or trusted any more leaves the last list in force.
 *
 * @throws {CapabilityFileError} if the file exists and cannot be used.
 */
export function openRevocations(path: string, { onEvent }: RevocationOptions = {}): Revocations {
  const file = resolve(path);
  const reader = createRevocationReader(file, onEvent ?? (() => {}));
  const poll = (): void => reader.poll(performance.now());
  poll();
  const timer = setInterval(poll, POLL_MS).unref();
  const watcher = watchDirectory(file, poll);
  return {
    isRevoked: reader.isRevoked,
    close: () => {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

/** Events are hints: polls find the changes that no event tells. */
function watchDirectory(file: string, onChange: () => void): FSWatcher | undefined {
  try {
    const name = basename(file);
    const watcher = watch(dirname(file), { persistent: false }, (_kind, changed) => {
      if (changed === name || changed === null) onChange();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

export interface RevocationReader {
  readonly isRevoked: (id: string) => boolean;
  /** Looks at the file. The first call throws if it cannot be used. */
  poll(nowMs: number): void;
}

/** The state of {@link openRevocations} without its timer. */
export function createRevocationReader(
  file: string,
  onEvent: (event: RevocationEvent) => void,
): RevocationReader {
  let inForce: ReadonlySet<string> = new Set();
  /** The version of the file that was looked at last; undefined before the first look. */
  let seen: string | undefined;
  /** The file is read once more at this time: a file system may give two changes in a row the same times. */
  let settlesAt: number | undefined;
  let problem: string | undefined;

  function load(isSettled: boolean): void {
    const { ids, isBlank } = readRevocations(file);
    if (isBlank && inForce.size > 0) throw blank(file, inForce.size);
    // An editor may have written only a part of the file until now.
    const next = isSettled ? ids : new Set([...inForce, ...ids]);
    const isNews =
      problem !== undefined || next.size !== inForce.size || [...next].some((id) => !inForce.has(id));
    problem = undefined;
    inForce = next;
    if (isNews) onEvent({ type: "loaded", path: file, count: next.size });
  }

  function keep(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    if (problem === error.message) return;
    problem = error.message;
    onEvent({ type: "kept", path: file, count: inForce.size, error });
  }

  function start(): void {
    if (seen === MISSING) return onEvent({ type: "missing", path: file });
    load(true);
    if (inForce.size === 0) onEvent({ type: "loaded", path: file, count: 0 });
  }

  return {
    isRevoked: (id) => inForce.has(id),
    poll: (nowMs) => {
      const version = versionOf(file);
      const isFirst = seen === undefined;
      const isChanged = version !== seen;
      const isSettled = settlesAt !== undefined && nowMs >= settlesAt;
      if (!isChanged && !isSettled) return;
      seen = version;
      settlesAt = isChanged && version !== MISSING ? nowMs + SETTLE_MS : undefined;
      if (isFirst) return start();
      try {
        load(!isChanged);
      } catch (error) {
        keep(error);
      }
    },
  };
}

function blank(file: string, count: number): CapabilityFileError {
  const message = `expected the ${count} revoked blocks in force, got an empty file; to end all revocations, write a comment line`;
  return new CapabilityFileError("CAPFILE_INVALID", file, message);
}

const MISSING = "missing";

/** Returns a text that differs after each change of the file: of its contents, owner, mode or name. */
function versionOf(file: string): string {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return MISSING;
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    return String(fileError(file, "cannot look at the file", error));
  }
}
