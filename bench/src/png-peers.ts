import { Canvas, ImageData } from "@napi-rs/canvas";
import type { Frame } from "@gvpie/cartridge";
import { encode as fastEncode } from "fast-png";
import { PNG } from "pngjs";
import sharp from "sharp";
import UPNG from "upng-js";

/** A library that encodes PNG, decodes it, or both. */
export interface PngPeer {
  readonly name: string;
  encode?(frame: Frame): Uint8Array | Promise<Uint8Array>;
  /** Returns RGBA bytes. */
  decode?(png: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const bytes = ({ data }: Frame): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const viaSharp = (level: number): PngPeer => ({
  name: `sharp, level ${level}`,
  encode: (frame) =>
    sharp(bytes(frame), { raw: { width: frame.width, height: frame.height, channels: 4 } })
      .png({ compressionLevel: level })
      .toBuffer(),
  ...(level === 6 && { decode: (png) => sharp(png).toColourspace("srgb").ensureAlpha().raw().toBuffer() }),
});

export const pngPeers: readonly PngPeer[] = [
  viaSharp(1),
  viaSharp(6),
  {
    name: "@napi-rs/canvas",
    encode(frame) {
      const canvas = new Canvas(frame.width, frame.height);
      canvas.getContext("2d").putImageData(new ImageData(frame.data, frame.width, frame.height), 0, 0);
      return canvas.encodeSync("png");
    },
  },
  {
    name: "pngjs",
    encode(frame) {
      const png = new PNG({ width: frame.width, height: frame.height });
      png.data = bytes(frame);
      return PNG.sync.write(png);
    },
    decode: (png) => PNG.sync.read(Buffer.from(png)).data,
  },
  {
    name: "fast-png",
    encode: ({ width, height, data }) => fastEncode({ width, height, data, channels: 4, depth: 8 }),
  },
  {
    name: "upng-js",
    encode: ({ width, height, data }) => new Uint8Array(UPNG.encode([data.slice().buffer], width, height, 0)),
    decode(png) {
      const [rgba] = UPNG.toRGBA8(UPNG.decode(png.slice().buffer));
      if (rgba === undefined) throw new Error("upng-js found no frame");
      return new Uint8Array(rgba);
    },
  },
];
