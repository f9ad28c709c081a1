import { canonicalizeCartridge, decodePng, encodePng } from "@gvpie/cartridge";
import type { PictureFile, RowId } from "@gvpie/daemon/store";
import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { inTurn } from "./in-turn.ts";

/** Longest file that is read. */
const MAX_FILE_BYTES = 33_554_432;
/** Pixels of the largest picture that is shown; the page decodes it in its own thread. */
const MAX_PIXELS = 16_777_216;
/** Bytes of pictures that are kept. */
const MAX_KEPT_BYTES = 16_777_216;
/** A name in a folder, as cartridges are named: no path. */
const FILE_NAME = /^[^/\0]{1,255}\.png$/;

/** A picture that cannot be shown; the message says why. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/** A re-encoded picture. */
export interface ServedPicture {
  readonly bytes: Uint8Array;
  /** In double quotes. */
  readonly etag: string;
}

/**
 * Reads the file of a cartridge: one in a recorded folder of this machine, and nothing that a link leads to.
 *
 * @throws {PictureError}.
 */
export async function readCartridgeFile(file: PictureFile): Promise<Uint8Array> {
  return readInTurn(() => read(file));
}

const readInTurn = inTurn();

async function read({ root, host, key }: PictureFile): Promise<Uint8Array> {
  if (root === undefined) throw new PictureError("its folder is not recorded");
  if (host !== hostname()) throw new PictureError(`its folder is on another host, ${host}`);
  if (!FILE_NAME.test(key) || key.startsWith(".")) {
    throw new PictureError(`expected the name of a PNG in the folder, got ${JSON.stringify(key)}`);
  }
  let file;
  try {
    // The folder itself may be reached by links; they belong to its owner.
    const folder = await realpath(fileURLToPath(root));
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    file = await open(`${folder}/${key}`, flags);
    const stats = await file.stat();
    if (!stats.isFile()) throw new PictureError("expected a regular file, got another kind");
    if (stats.size > MAX_FILE_BYTES) {
      throw new PictureError(`expected at most ${MAX_FILE_BYTES} bytes, got ${stats.size}`);
    }
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: "the file was removed",
      ELOOP: "expected a regular file, got a link",
    };
    throw new PictureError(reasons[code ?? ""] ?? `it cannot be read: ${code ?? String(error)}`, {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

/**
 * Decodes a PNG and encodes it again, so that a browser gets no byte that this program did not write. An animation keeps its frames
 * if they are those of its record.
 *
 * @throws {PictureError} if it is not a valid PNG.
 */
export async function reencode(file: Uint8Array): Promise<Uint8Array> {
  const limits = { fileBytes: MAX_FILE_BYTES, pixels: MAX_PIXELS, animationPixels: MAX_PIXELS };
  try {
    if (hasFrames(file)) {
      const animation = await canonicalizeCartridge(file, { limits }).catch(() => undefined);
      if (animation) return animation;
    }
    return await encodePng(await decodePng(file, { limits }));
  } catch (cause) {
    throw new PictureError(`it is not a valid PNG: ${(cause as Error).message}`, { cause });
  }
}

/** Returns true if the chunk of an animation may be near the start. */
function hasFrames(file: Uint8Array): boolean {
  return Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 65_536)).includes("acTL");
}

/** Keeps the pictures that were shown last. */
export interface Pictures {
  get(file: PictureFile): Promise<ServedPicture>;
}

export function createPictures(): Pictures {
  const kept = new Map<string, ServedPicture>();
  const pending = new Map<string, Promise<ServedPicture>>();
  const loadInTurn = inTurn();
  let bytes = 0;

  async function load(file: PictureFile, etag: string): Promise<ServedPicture> {
    const encoded = await loadInTurn(async () => reencode(await readCartridgeFile(file)));
    const picture = { bytes: encoded, etag };
    kept.set(etag, picture);
    bytes += picture.bytes.length;
    for (const [oldest, { bytes: dropped }] of kept) {
      if (bytes <= MAX_KEPT_BYTES) break;
      kept.delete(oldest);
      bytes -= dropped.length;
    }
    return picture;
  }

  return {
    async get(file) {
      const etag = etagOf(file);
      const found = kept.get(etag);
      if (found) {
        // Moves it to the end of the map.
        kept.delete(etag);
        kept.set(etag, found);
        return found;
      }
      const started = pending.get(etag) ?? load(file, etag).finally(() => pending.delete(etag));
      pending.set(etag, started);
      return started;
    },
  };
}

/** Returns the tag of a file: cartridges are never written twice under one name. */
export function etagOf({ id, firstRunId }: { readonly id: RowId; readonly firstRunId: RowId }): string {
  return `"${id}.${firstRunId}"`;
}
