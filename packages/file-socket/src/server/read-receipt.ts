import { closeSync, fstatSync, futimesSync, openSync, type Stats, utimesSync } from "node:fs";
import { readFrom, remove, writeFile } from "../fs/files.ts";
import type { Clock } from "../process/clock.ts";
import { failpoint } from "../process/failpoint.ts";

/** The access time of an unread reply. It is in the past, so reading updates it even under relatime. */
const UNREAD_SECONDS = 1;

/**
 * Marks an open reply file as unread and dates it as the command that it answers, so that a server that finds it after a
 * kill knows how long the client has waited. `writtenAt` is on the monotonic clock.
 */
export function markUnread(fd: number, clock: Clock, writtenAt: number): void {
  failpoint("file-socket/slot/before-mark-unread");
  futimesSync(fd, UNREAD_SECONDS, (clock.now() - (clock.monotonic() - writtenAt)) / 1000);
  failpoint("file-socket/slot/after-mark-unread");
}

/** True if the file has not been read since {@link markUnread}. */
export function isUnread(stats: Stats): boolean {
  return stats.atimeMs === UNREAD_SECONDS * 1000;
}

/** True if this file system updates the access time of a file that is read. Creates and removes a file at `path`. */
export function updatesAccessTimes(path: string): boolean {
  remove(path);
  writeFile(path, [Buffer.from("probe")]);
  try {
    utimesSync(path, UNREAD_SECONDS, Date.now() / 1000);
    const fd = openSync(path, "r");
    try {
      readFrom(fd, 5);
      return !isUnread(fstatSync(fd));
    } finally {
      closeSync(fd);
    }
  } finally {
    remove(path);
  }
}
