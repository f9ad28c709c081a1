import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Gives an entry to a user. */
export function give(path: string, uid: number): void {
  lchownSync(path, uid, uid);
}

/** Gives the parent of a socket directory to a user, so that a server of that user may create the directory. */
export function giveParent(path: string, uid: number): void {
  chmodSync(dirname(path), 0o755);
  chownSync(dirname(path), uid, uid);
}

/**
 * Puts a directory of a user, with a file in it, at `path`. Its mode forbids the user to move it: a rename to another
 * directory changes its "..", which needs the right to write to it.
 */
export function placeImmovable(path: string, uid: number, mode = 0o500): void {
  const staged = `${dirname(dirname(path))}/staged-${basename(path)}`;
  mkdirSync(staged);
  writeFileSync(`${staged}/kept`, "kept");
  give(staged, uid);
  chmodSync(staged, mode);
  renameSync(staged, path);
}

/** Allows the owner to move the directory at `path`. */
export function release(path: string): void {
  if (existsSync(path)) chmodSync(path, 0o700);
}
