import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./errors.ts";

/** As many symbolic links as Linux follows. */
const MAX_LINKS = 40;
const STICKY = 0o1000;

/**
 * Refuses a path that another user may have prepared: one with a symbolic link of that user, who can change its target, or a
 * file of that user in a directory that all users share, such as `/tmp`. Links of this user and of root are followed.
 *
 * @param path absolute.
 * @throws {StoreError} `STORE_FOREIGN`.
 */
export function refuseForeignPath(path: string): void {
  const uid = process.geteuid?.();
  if (uid === undefined) return;
  const isTrusted = (stats: Stats): boolean => stats.uid === 0 || stats.uid === uid;
  let directory = "/";
  const rest = components(path);
  for (let links = 0; rest.length > 0 && links <= MAX_LINKS;) {
    const name = rest.pop() as string;
    const place = join(directory, name);
    const found = look(place);
    if (found === undefined) return;
    if (found.isSymbolicLink()) {
      if (!isTrusted(found)) {
        const link = `${JSON.stringify(place)} is a symbolic link of another user (uid ${found.uid})`;
        throw foreign(path, `${link}, who can change its target; name the target itself`);
      }
      links++;
      const target = readlinkSync(place);
      rest.push(...components(target));
      if (target.startsWith("/")) directory = "/";
    } else if (rest.length > 0) {
      directory = place;
    } else {
      const owner = look(directory);
      const isShared = owner !== undefined && (owner.mode & STICKY) !== 0 && owner.uid !== found.uid;
      if (isShared && !isTrusted(found)) {
        const file = `it belongs to another user (uid ${found.uid}) in a directory that all users share`;
        throw foreign(path, `${file}; name another file`);
      }
    }
  }
}

/** The names in a path, the last one first. */
function components(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .reverse();
}

/** Returns undefined for what is missing or forbidden; opening it reports that. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function foreign(path: string, fact: string): StoreError {
  return new StoreError(
    "STORE_FOREIGN",
    `${path}: expected a file that only trusted users placed, got another: ${fact}`,
  );
}
