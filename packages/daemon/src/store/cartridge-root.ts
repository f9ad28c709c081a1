import { realpathSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A folder of cartridges: the URL of its absolute path, without symbolic links, and the host that has it. */
export interface CartridgeRoot {
  readonly uri: string;
  readonly host: string;
}

const MAX_KNOWN = 64;
const known = new Map<string, CartridgeRoot>();

/** Returns the root for a folder. */
export function rootOf(folder: string): CartridgeRoot {
  const path = resolve(folder);
  let root = known.get(path);
  if (root === undefined) {
    root = { uri: pathToFileURL(realPath(path)).href, host: hostname() };
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
export function placeOf(path: string): CartridgeRoot & { readonly key: string } {
  return { ...rootOf(dirname(path)), key: basename(path) };
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
