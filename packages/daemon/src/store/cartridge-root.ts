import { realpathSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A folder of cartridges: the URL of its absolute path, without symbolic links, and the host that has it. */
export interface CartridgeRoot {
  readonly uri: string;
  readonly host: string;
}

/** The place of a file. */
export interface CartridgePlace extends CartridgeRoot {
  /** Its name in the folder. */
  readonly key: string;
}

const MAX_KNOWN = 64;
const known = new Map<string, CartridgeRoot>();

/** Returns the root for a folder. */
export function rootOf(folder: string): CartridgeRoot {
  // A path is resolved once: that costs a run more than the rest of its place.
  const path = isAbsolute(folder) ? folder : `${process.cwd()}/${folder}`;
  let root = known.get(path);
  if (root === undefined) {
    root = { uri: pathToFileURL(realPath(resolve(path))).href, host: hostname() };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(path, root);
  }
  return root;
}

/** Returns the folder of a root, whose URL any program may have written; undefined for one that is no folder here. */
export function folderOf(uri: string): string | undefined {
  if (!uri.startsWith("file:///")) return undefined;
  try {
    const path = fileURLToPath(uri);
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}

/** Returns the root and the key of a cartridge at a path, which may be relative to the working directory. */
export function placeOf(path: string): CartridgePlace {
  const { uri, host } = rootOf(dirname(path));
  return { uri, host, key: basename(path) };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
