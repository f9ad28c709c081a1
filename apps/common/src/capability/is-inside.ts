import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * True if `file` lies in `directory` or below it, also under another name: through a symbolic link or a second mount. A file that
 * does not exist counts by the directory that it would be created in.
 */
export function isInside(file: string, directory: string): boolean {
  const outer = identityOf(directory);
  if (outer === undefined) return false;
  for (let at = realPathOf(dirname(resolve(file))); ; at = dirname(at)) {
    if (identityOf(at) === outer) return true;
    if (at === dirname(at)) return false;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Returns the device and inode; undefined if nothing is there or the system refuses to look. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
