import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";

const MAX_LINKS = 40;
const STICKY = 0o1000;

/**
 * Returns the reason why another user could put a different file at the absolute `path` by renaming one of the
 * directories above it; undefined if only this user and root can. Every directory that the kernel passes on the way,
 * through symbolic links too, must belong to this user or to root, and must not be writable by others unless it is sticky
 * and the entry in it belongs to this user or to root.
 */
export function replaceableAncestor(path: string): string | undefined {
  const trusted = trustedUsers();
  if (trusted === undefined) return undefined;
  const names = path.split("/");
  let links = 0;
  let directory = "/";
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      directory = dirname(directory);
      continue;
    }
    const entry = join(directory, name);
    const found = lstatSync(entry, { throwIfNoEntry: false });
    const problem = problemOf(directory, lstatSync(directory), entry, found, trusted);
    if (problem !== undefined) return problem;
    if (found === undefined) return undefined;
    if (!found.isSymbolicLink()) {
      directory = entry;
      continue;
    }
    if (++links > MAX_LINKS) return `${entry} is one of more than ${MAX_LINKS} symbolic links`;
    const target = readlinkSync(entry);
    if (target.startsWith("/")) directory = "/";
    names.unshift(...target.split("/"));
  }
  return undefined;
}

function problemOf(
  directory: string,
  { uid, mode }: Stats,
  entry: string,
  found: Stats | undefined,
  trusted: ReadonlySet<number>,
): string | undefined {
  if (!trusted.has(uid)) return `${directory} belongs to user ${uid}; choose another path`;
  if ((mode & 0o022) === 0) return undefined;
  if ((mode & STICKY) === 0) {
    const octal = (mode & 0o7777).toString(8);
    return `${directory} is writable by others (mode ${octal}); run chmod go-w on it, or choose another path`;
  }
  if (found === undefined || trusted.has(found.uid)) return undefined;
  return `${entry} belongs to user ${found.uid}; choose another path`;
}

/** Returns this user and root; undefined on a platform without users. */
function trustedUsers(): ReadonlySet<number> | undefined {
  const uid = process.geteuid?.();
  if (uid === undefined) return undefined;
  return new Set([0, uid, ...unmappedUser()]);
}

let unmapped: readonly number[] | undefined;

/**
 * The id that stands for all users outside the user namespace of this process, such as the root of the host: the kernel
 * shows it as the owner of `/` in a container without root. Empty in the initial namespace, where it is a user.
 */
function unmappedUser(): readonly number[] {
  unmapped ??= readUnmappedUser();
  return unmapped;
}

function readUnmappedUser(): readonly number[] {
  try {
    const overflow = Number(readFileSync("/proc/sys/kernel/overflowuid", "latin1"));
    const ranges = readFileSync("/proc/self/uid_map", "latin1").trim().split("\n");
    const isMapped = ranges.some((range) => {
      const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number);
      return overflow >= first && overflow < first + count;
    });
    return isMapped ? [] : [overflow];
  } catch {
    return [];
  }
}
