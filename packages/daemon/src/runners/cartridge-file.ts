import { Buffer } from "node:buffer";
import { constants, realpathSync, statSync } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";
import { sep } from "node:path";
import { RunError } from "../errors.ts";

const MAX_FILE_BYTES = 83_886_080;
const DATA_URL = "data:image/png;base64,";

/**
 * Returns the real path of a folder that cartridges are read from.
 *
 * @throws {RunError} `CARTRIDGE_UNREADABLE` if it is not a folder.
 */
export function realFolder(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    throw unreadable(`expected a folder of cartridges: ${(cause as Error).message}`, { cause });
  }
  throw unreadable(`expected a folder of cartridges, got the file ${JSON.stringify(path)}`);
}

/**
 * Reads the cartridge at a path or in a data URL.
 *
 * @param root real path of the folder that a path must lead into; undefined if it may lead anywhere.
 * @throws {RunError} `CARTRIDGE_UNREADABLE`, `CARTRIDGE_OUTSIDE_ROOT`.
 */
export async function readCartridge(source: string, root: string | undefined): Promise<Uint8Array> {
  if (source.startsWith("data:")) return decodeDataUrl(source);
  if (source === "" || source.includes("\n") || source.includes("\0")) {
    const found = JSON.stringify(source.slice(0, 40));
    throw unreadable(`expected the path of a PNG or a data URL with one, got ${found}`);
  }
  try {
    return await readBounded(await openCartridge(source, root), source);
  } catch (error) {
    if (error instanceof RunError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unreadable(reason, { cause: error });
  }
}

function decodeDataUrl(url: string): Uint8Array {
  if (!url.startsWith(DATA_URL)) {
    const found = JSON.stringify(url.slice(0, 40));
    throw unreadable(`expected a data URL that starts with ${DATA_URL}, got ${found}`);
  }
  return Buffer.from(url.slice(DATA_URL.length), "base64");
}

/** Opens a file; of one that is not below `root`, nothing is opened, and the script does not learn if it exists. */
async function openCartridge(path: string, root: string | undefined): Promise<FileHandle> {
  if (root === undefined) return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const outside = (): RunError => {
    const message = `expected the path of a file below ${root}, got ${JSON.stringify(path)}`;
    return new RunError("CARTRIDGE_OUTSIDE_ROOT", message);
  };
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || !isBelow(real, root)) throw outside();
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    // The name may lead to another file by now; the descriptor is the file that is read.
    if (!isBelow(await readlink(`/proc/self/fd/${file.fd}`), root)) throw outside();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Reads at most the bytes that the file has now, and closes it. */
async function readBounded(file: FileHandle, path: string): Promise<Uint8Array> {
  try {
    const stats = await file.stat();
    const { size } = stats;
    if (!stats.isFile()) throw unreadable(`${JSON.stringify(path)} is not a regular file`);
    if (size > MAX_FILE_BYTES) {
      throw unreadable(`${JSON.stringify(path)}: expected at most ${MAX_FILE_BYTES} bytes, got ${size}`);
    }
    // Memory of its own, which the thread takes over; the part that is read is returned.
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

function unreadable(message: string, options?: ErrorOptions): RunError {
  return new RunError("CARTRIDGE_UNREADABLE", message, options);
}
