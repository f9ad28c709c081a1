import { type FSWatcher, watch } from "node:fs";

/** A watched directory. Its reports are hints: the kernel may lose some, so whoever listens also scans. */
export interface Watch {
  /** False when there is no watch, or no longer; the listener then scans more often. */
  readonly isLive: boolean;
  close(): void;
}

/** Report the names that change in `path`; null stands for "something". `keepsAlive` holds the process. */
export function watchNames(path: string, keepsAlive: boolean, report: (name: string | null) => void): Watch {
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path, { persistent: keepsAlive }, (_kind, name) => report(name));
  } catch {
    // No inotify instance is free, or the directory is gone: the scan serves meanwhile.
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
