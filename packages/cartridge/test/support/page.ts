// Runs in the browser; the tests call the functions that it assigns to `globalThis`.

import {
  type CartridgeError,
  type CartridgeMetadata,
  decodePng,
  encodeCartridge,
  type EncodeOptions,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";

export interface Page {
  /** Renders the program and encodes it as a cartridge. */
  readonly encode: (program: string, options: EncodeOptions) => Promise<Uint8Array>;
  readonly verify: (png: Uint8Array) => Promise<{ status: string; checksum: string | undefined }>;
  readonly metadata: (png: Uint8Array) => CartridgeMetadata;
  /** Returns RGBA bytes, or the code of the error. */
  readonly decode: (png: Uint8Array) => Promise<Uint8Array | string>;
}

const codeOf = (error: unknown) => (error as CartridgeError).code;

const page: Page = {
  encode: (program, options) =>
    encodeCartridge(renderProgram(program, { background: options.background }), { ...options, program }),
  verify: async (png) => {
    const { status, metadata } = await verifyCartridge(png, { render: renderProgram });
    return { status, checksum: metadata?.checksum };
  },
  metadata: (png) => readCartridgeMetadata(png),
  decode: (png) => decodePng(png).then(({ data }) => new Uint8Array(data), codeOf),
};

Object.assign(globalThis, { cartridge: page });
