// Runs in the browser; the tests call the functions that it assigns to `globalThis`.

import {
  type CartridgeError,
  type CartridgeMetadata,
  createVerifier,
  decodeCartridge,
  decodePng,
  encodeAnimation,
  type EncodeAnimationOptions,
  encodeCartridge,
  type EncodeOptions,
  type Frame,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

export interface Page {
  /** Renders the program and encodes it as a cartridge. */
  readonly encode: (program: string, options: EncodeOptions) => Promise<Uint8Array>;
  readonly verify: (png: Uint8Array) => Promise<{ status: string; checksum: string | undefined }>;
  readonly metadata: (png: Uint8Array) => CartridgeMetadata;
  /** Encodes a frame of 2 × 2 whose bytes are in shared or resizable memory, and returns the RGBA bytes of the decoded cartridge. */
  readonly roundTrip: (memory: "shared" | "resizable", bytes: readonly number[]) => Promise<Uint8Array>;
  /**
   * Verifies the files one after another in one worker with this source, and aborts each after `abortMs`, if given. Returns
   * statuses, names of reasons, or error codes.
   */
  readonly verifyInWorker: (
    source: string,
    files: readonly { readonly png: Uint8Array; readonly abortMs?: number; readonly draws?: boolean }[],
  ) => Promise<{ readonly outcomes: string[]; readonly workers: number }>;
  /** Encodes these frames, verifies the animation, and returns it with the explanation. */
  readonly animate: (
    size: { readonly width: number; readonly height: number },
    frames: readonly Uint8Array[],
    options: EncodeAnimationOptions & { readonly delayMs: number },
  ) => Promise<{ readonly png: Uint8Array; readonly explanation: string }>;
  /** Returns RGBA bytes, or the code of the error. */
  readonly decode: (png: Uint8Array) => Promise<Uint8Array | string>;
}

const codeOf = (error: unknown) => (error as CartridgeError).code;

const page: Page = {
  encode: (program, options) =>
    encodeCartridge(renderProgram(program, { background: options.background }), {
      ...options,
      program,
      language: "1",
    }),
  verify: async (png) => {
    const { status, metadata } = await verifyCartridge(png, { render: renderProgram });
    return { status, checksum: metadata?.checksum };
  },
  roundTrip: async (memory, bytes) => {
    const buffer =
      memory === "shared"
        ? new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer
        : new ArrayBuffer(16, { maxByteLength: 64 });
    const data = new Uint8ClampedArray(buffer, 0, 16);
    data.set(bytes);
    const png = await encodeCartridge({ width: 2, height: 2, data });
    const room = memory === "shared" ? buffer : new ArrayBuffer(png.length, { maxByteLength: 4096 });
    const file = new Uint8Array(room, 0, png.length);
    file.set(png);
    const { frame } = await decodeCartridge(file);
    return new Uint8Array(frame.data);
  },
  animate: async (size, frames, options) => {
    const pictures = frames.map((bytes) => ({ ...size, data: Uint8ClampedArray.from(bytes) }));
    const animation = { frames: frames.length, delayMs: options.delayMs };
    const png = await encodeAnimation(pictures, options);
    const { explanation } = await verifyCartridge(png, {
      render: (_, { frame = 0 }) => ({ ...(pictures[frame] as Frame), animation }),
    });
    return { png, explanation };
  },
  verifyInWorker: async (source, files) => {
    let workers = 0;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    await using verifier = createVerifier({
      createWorker: () => {
        workers++;
        return new Worker(url, { type: "module" });
      },
    });
    const verifying = files.map(({ png, abortMs, draws }) => {
      const signal = abortMs === undefined ? undefined : AbortSignal.timeout(abortMs);
      const render = draws === true ? renderProgram : undefined;
      return verifier.verify(png, { signal, render }).then(
        ({ status, frame, drawn }) => `${status} ${frame.data.length} ${drawn?.data.length}`,
        (error: unknown) => (error instanceof DOMException ? error.name : codeOf(error)),
      );
    });
    return { outcomes: await Promise.all(verifying), workers };
  },
  metadata: (png) => readCartridgeMetadata(png),
  decode: (png) => decodePng(png).then(({ data }) => new Uint8Array(data), codeOf),
};

Object.assign(globalThis, { cartridge: page });
