import { closeSync, fstatSync, futimesSync, openSync, type Stats, utimesSync } from "node:fs";
import { failpoint } from "./process/failpoint.ts";
import { discard, readFrom, writeWhole } from "./files.ts";
import type { Clock } from "./process/clock.ts";

/** The access time that says "nobody has read this". Reading moves it, also under relatime, as it is in the past. */
const UNREAD_SECONDS = 1;

/**
 * Say of an open file that nobody has read it, and date it as the command that it answers: a server that finds it after
 * a kill must know how long the client has waited. `bornAt` is on the monotonic clock.
 */
export function markUnread(fd: number, clock: Clock, bornAt: number): void {
  failpoint("file-socket/slot/before-mark-unread");
  futimesSync(fd, UNREAD_SECONDS, (clock.now() - (clock.monotonic() - bornAt)) / 1000);
  failpoint("file-socket/slot/after-mark-unread");
}

/** Whether nobody has read the file since {@link markUnread}. */
export function isUnread(stats: Stats): boolean {
  return stats.atimeMs === UNREAD_SECONDS * 1000;
}

/** Whether reading a file on this file system shows in its access time. */
export function movesAccessTimes(path: string): boolean {
  discard(path);
  writeWhole(path, [Buffer.from("probe")]);
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
    discard(path);
  }
}
