import { verifyCartridge } from "@gvpie/cartridge";
import type { Rasterizer } from "@gvpie/raster";
import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { RunError } from "../errors.ts";
import type { Runner } from "../types.ts";
import { adapterName, type RenderRequest } from "./pixel-runner.ts";

const MAX_FILE_BYTES = 83_886_080;
const DATA_URL = "data:image/png;base64,";

/**
 * Creates a runner for `cartridge` scripts: the code is the path of a cartridge or a `data:image/png;base64,` URL. The runner decodes
 * the cartridge, verifies it and draws it again. Paths are relative to the working directory; a file has at most 80 MiB.
 */
export function createCartridgeRunner({ rasterizer }: { readonly rasterizer: Rasterizer }): Runner {
  return {
    async run({ code }, { signal }) {
      const bytes = await readCartridge(code.trim());
      const { status, explanation, frame, metadata } = await verifyCartridge(bytes, {
        render: (program, { width, height, background, params }) => {
          const request: RenderRequest = { width, height, background, params, signal };
          return rasterizer.render(program, request);
        },
      });
      signal.throwIfAborted();
      if (status !== "verified") {
        throw new RunError("CARTRIDGE_UNVERIFIED", `the cartridge is ${status}: ${explanation}`);
      }
      return {
        drawing: {
          frame,
          program: metadata?.gvpie?.program,
          background: metadata?.gvpie?.background,
          params: metadata?.gvpie?.params,
          backend: rasterizer.info.backend,
          adapter: adapterName(rasterizer.info),
        },
        stdout: `verified ${frame.width}×${frame.height} pixels`,
        stderr: "",
      };
    },
  };
}

async function readCartridge(source: string): Promise<Uint8Array> {
  if (source.startsWith("data:")) return decodeDataUrl(source);
  if (source === "" || source.includes("\n") || source.includes("\0")) {
    const found = JSON.stringify(source.slice(0, 40));
    throw unreadable(`expected the path of a PNG or a data URL with one, got ${found}`);
  }
  try {
    return await readBounded(source);
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

/** Reads at most the bytes that the file has when it is opened, and does not block on a FIFO. */
async function readBounded(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    const { size } = stats;
    if (!stats.isFile()) throw unreadable(`${JSON.stringify(path)} is not a regular file`);
    if (size > MAX_FILE_BYTES) {
      throw unreadable(`${JSON.stringify(path)}: expected at most ${MAX_FILE_BYTES} bytes, got ${size}`);
    }
    const bytes = Buffer.alloc(size);
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
