import { closeSync } from "node:fs";
import { FileSocketError } from "../errors.ts";
import { type HeldDirectory, holdDirectory } from "../fs/directory.ts";
import { errnoOf } from "../fs/errno.ts";
import { openUntrusted, readFrom } from "../fs/files.ts";
import { bootId, startTicks } from "../process/identity.ts";
import {
  aboutOf,
  HEARTBEAT_STALE_MS,
  parseDescriptor,
  type ServerDescriptor,
} from "../protocol/descriptor.ts";
import { treeOf } from "../protocol/tree.ts";
import type { ServerStatus } from "../types.ts";

const MAX_DESCRIPTOR_BYTES = 65_536;

/**
 * Reads what `server.json` says about the server of a directory. Changes nothing, and does not wait.
 *
 * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if another user could have written it; `FSOCK_STORAGE` if the directory cannot be
 * opened.
 */
export function readServerStatus(dir: string): ServerStatus {
  let held: HeldDirectory;
  try {
    held = holdDirectory(dir);
  } catch (error) {
    if (errnoOf(error instanceof FileSocketError ? error.cause : error) !== "ENOENT") throw error;
    return { state: "absent", isProcessFound: false };
  }
  let found: ServerDescriptor | undefined;
  try {
    found = readDescriptor(treeOf(held.base).server);
  } finally {
    held.close();
  }
  if (found === undefined) return { state: "absent", isProcessFound: false };
  const { pid, capabilities, heartbeatAt } = found;
  const about = aboutOf(found.about);
  return {
    state: isBeating(found) ? "running" : "stale",
    isProcessFound: isProcessFound(found),
    ...(Number.isSafeInteger(pid) && { pid }),
    heartbeatAgeMs: Math.max(0, Date.now() - heartbeatAt),
    ...((capabilities === "accept" || capabilities === "require") && { capabilities }),
    ...(about && { about }),
  };
}

/** Returns the descriptor in the file at `path`; undefined if it is missing, damaged, or not a regular file. */
export function readDescriptor(path: string): ServerDescriptor | undefined {
  try {
    const opened = openUntrusted(path, MAX_DESCRIPTOR_BYTES);
    if (!("fd" in opened)) return undefined;
    try {
      return parseDescriptor(readFrom(opened.fd, opened.stats.size).toString("utf8"));
    } finally {
      closeSync(opened.fd);
    }
  } catch {
    return undefined;
  }
}

/** True if the server's process is running or, if that cannot be seen, its heartbeat is recent. */
export function isAlive(descriptor: ServerDescriptor): boolean {
  return isProcessFound(descriptor) || isBeating(descriptor);
}

function isProcessFound({ pid, ...descriptor }: ServerDescriptor): boolean {
  if (!Number.isSafeInteger(pid) || descriptor.bootId !== (bootId() ?? "")) return false;
  return startTicks(pid) === descriptor.startTicks;
}

function isBeating({ heartbeatAt }: ServerDescriptor): boolean {
  return Math.abs(Date.now() - heartbeatAt) < HEARTBEAT_STALE_MS;
}
