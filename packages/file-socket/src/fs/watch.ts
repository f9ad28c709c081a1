import { type FSWatcher, watch } from "node:fs";

/** A watch on one directory. Events are hints: the kernel may drop some, so the owner also rescans. */
export interface Watch {
  /** False if the watch could not be set up or has failed; the owner then rescans more often. */
  readonly isLive: boolean;
  close(): void;
}

/**
 * Calls `onChange` with each name that changes in `path`, or with null if the name is unknown. `keepsAlive` keeps the
 * event loop running.
 */
export function watchNames(
  path: string,
  keepsAlive: boolean,
  onChange: (name: string | null) => void,
): Watch {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path, { persistent: keepsAlive, encoding: "latin1" }, (_kind, name) => onChange(name));
  } catch {
    // All inotify instances are in use, or the directory is missing: rescans find the changes.
    return { isLive: false, close: () => {} };
  }
  let isLive = true;
  watcher.on("error", () => {
    isLive = false;
    watcher.close();
  });
  return {
    get isLive() {
      return isLive;
    },
    close: () => {
      isLive = false;
      watcher.close();
    },
  };
}
