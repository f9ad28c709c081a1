import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Directories that service managers search for programs. */
const SEARCHED = new Set(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]);

/** Returns the absolute directory of the PATH that has an executable of this name. */
export function findOnPath(name: string, path: string | undefined): string | undefined {
  return (path ?? "")
    .split(delimiter)
    .find((directory) => directory.startsWith("/") && isExecutable(join(directory, name)));
}

/** Returns the directory of the Node that runs now, unless service managers find it without. */
export function nodeDirectory(): string | undefined {
  const directory = dirname(process.execPath);
  const found = [...SEARCHED].find((one) => isExecutable(join(one, "node")));
  if (found === undefined) return directory;
  return realpathSync(join(found, "node")) === realpathSync(process.execPath) ? undefined : directory;
}

/** True if the file may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
