import { chmodSync, chownSync, existsSync, lchownSync, lstatSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname } from "node:path";
import { isRoot, NOBODY_UID } from "@gvpie/testing";

/** The user that a test server becomes if the test runs as root, whom no mode restricts; otherwise undefined. */
export const SERVER_UID: number | undefined = isRoot ? NOBODY_UID : undefined;

/** Gives an entry to the user of the test server. */
export function give(path: string | Buffer): void {
  if (SERVER_UID !== undefined) lchownSync(path, SERVER_UID, SERVER_UID);
}

/**
 * Puts a directory at `path` that its owner may not move: a rename to another directory changes its "..", which needs the
 * right to write to it. It contains a directory, so it cannot be removed either.
 */
export function placeImmovable(path: string, mode = 0o500): void {
  const staged = `${dirname(dirname(path))}/staged-${basename(path)}`;
  mkdirSync(`${staged}/kept`, { recursive: true });
  give(staged);
  renameSync(staged, path);
  chmodSync(path, mode);
}

/** Makes the directories of {@link placeImmovable} movable. */
export function release(path: string): void {
  if (existsSync(path) && lstatSync(path).isDirectory()) chmodSync(path, 0o700);
}

/** Returns a path that a server of {@link SERVER_UID} may create: other users cannot replace it. */
export function shareParent(path: string): string {
  chmodSync(dirname(path), 0o755);
  if (SERVER_UID !== undefined) chownSync(dirname(path), SERVER_UID, SERVER_UID);
  return path;
}
