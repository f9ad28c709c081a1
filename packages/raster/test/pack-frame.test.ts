import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  blendPixel,
  createFrame,
  type Frame,
  packFrame,
  PIXEL_FORMATS,
  type PixelFormat,
} from "../src/index.ts";

/** A frame from rows of `#` (white) and `.` (black). */
function drawn(...rows: string[]): Frame {
  const frame = createFrame(rows[0]?.length ?? 0, rows.length);
  for (const [y, row] of rows.entries()) {
    for (const [x, character] of Array.from(row).entries()) {
      frame.data.fill(character === "#" ? 255 : 0, (y * frame.width + x) * 4, (y * frame.width + x) * 4 + 3);
      frame.data[(y * frame.width + x) * 4 + 3] = 255;
    }
  }
  return frame;
}

/** Packed bytes as binary digits, bit 7 first. */
const binary = (bytes: Uint8Array): string[] =>
  Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0"));

/** A frame of one colour, `#rrggbbaa`. */
function plain(color: string): Frame {
  const frame = createFrame(1, 1);
  frame.data.set(Buffer.from(color.slice(1), "hex"));
  return frame;
}

const FRAMES = fc
  .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) })
  .chain(({ width, height }) =>
    fc
      .uint8ClampedArray({ minLength: width * height * 4, maxLength: width * height * 4 })
      .map((data): Frame => ({ ...createFrame(width, height), data: new Uint8ClampedArray(data) })),
  );

describe("packFrame", () => {
  const FLAG = drawn("#........", ".#.......", "........#");

  test.each<[PixelFormat, string[]]>([
    ["ssd1306", ["001", "010", "000", "000", "000", "000", "000", "000", "100"].map((low) => `00000${low}`)],
    ["epd-1bit", ["10000000", "00000000", "01000000", "00000000", "00000000", "10000000"]],
    ["xbm", ["00000001", "00000000", "00000010", "00000000", "00000000", "00000001"]],
  ])("%s puts light pixels where the display reads them", (format, expected) => {
    expect(binary(packFrame(FLAG, format))).toEqual(expected);
  });

  test("ssd1306 begins a page for each eight rows", () => {
    const frame = drawn(...Array.from({ length: 10 }, (_, y) => (y === 9 ? "#." : ".#")));
    expect(binary(packFrame(frame, "ssd1306"))).toEqual(["00000000", "11111111", "00000010", "00000001"]);
  });

  test.each<[PixelFormat, number[]]>([
    ["gray8", [(77 * 0x12 + 150 * 0x34 + 29 * 0x56) >> 8]],
    ["rgb565", [0x11, 0xaa]],
    ["rgb565le", [0xaa, 0x11]],
    ["rgb", [0x12, 0x34, 0x56]],
    ["bgr", [0x56, 0x34, 0x12]],
  ])("%s stores the colour #123456", (format, expected) => {
    expect(Array.from(packFrame(plain("#123456ff"), format))).toEqual(expected);
  });

  test("white and black are the ends of every format", () => {
    for (const format of PIXEL_FORMATS) {
      const light = packFrame(drawn("########"), format);
      const dark = packFrame(drawn("........"), format);
      expect(new Set(dark), format).toEqual(new Set([0]));
      expect(new Set(light), format).toEqual(new Set([format === "ssd1306" ? 1 : 255]));
    }
  });

  test("threshold and invert decide on the bits", () => {
    const grey = plain("#808080ff");
    const bit = (options: object): number => Number(packFrame(grey, "epd-1bit", options)[0]) >> 7;
    expect([bit({}), bit({ threshold: 129 }), bit({ threshold: 0 }), bit({ threshold: 256 })]).toEqual([
      1, 0, 1, 0,
    ]);
    expect([bit({ invert: true }), bit({ threshold: 129, invert: true })]).toEqual([0, 1]);
  });

  test("bits after the end of a row or a page are 0, also inverted", () => {
    const frame = drawn(".");
    expect(binary(packFrame(frame, "epd-1bit", { invert: true }))).toEqual(["10000000"]);
    expect(binary(packFrame(frame, "ssd1306", { invert: true }))).toEqual(["00000001"]);
  });

  // A second opinion: reads every pixel back, one at a time, from the definition of the layout.
  test("every pixel can be read back", () => {
    fc.assert(
      fc.property(FRAMES, fc.integer({ min: 0, max: 256 }), (frame, threshold) => {
        const packed = Object.fromEntries(
          PIXEL_FORMATS.map((format) => [format, packFrame(frame, format, { threshold })]),
        ) as Record<PixelFormat, Uint8Array>;
        const pixels = new Uint32Array(frame.data.buffer);
        for (let i = 0; i < pixels.length; i++) {
          const [x, y] = [i % frame.width, Math.floor(i / frame.width)];
          const color = blendPixel(0xff_00_00_00, pixels[i] ?? 0);
          const [r, g, b] = [color & 255, (color >>> 8) & 255, (color >>> 16) & 255];
          const grey = Math.floor((77 * r + 150 * g + 29 * b) / 256);
          const light = grey >= threshold;
          const stride = Math.ceil(frame.width / 8);
          const word = ((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3);
          expect(packed.gray8[i]).toBe(grey);
          expect(Array.from(packed.rgb.subarray(i * 3, i * 3 + 3))).toEqual([r, g, b]);
          expect(Array.from(packed.bgr.subarray(i * 3, i * 3 + 3))).toEqual([b, g, r]);
          expect(Buffer.from(packed.rgb565).readUInt16BE(i * 2)).toBe(word);
          expect(Buffer.from(packed.rgb565le).readUInt16LE(i * 2)).toBe(word);
          expect(Boolean((packed.ssd1306[Math.floor(y / 8) * frame.width + x] ?? 0) & (1 << (y % 8)))).toBe(
            light,
          );
          expect(Boolean((packed["epd-1bit"][y * stride + (x >> 3)] ?? 0) & (128 >> (x % 8)))).toBe(light);
          expect(Boolean((packed.xbm[y * stride + (x >> 3)] ?? 0) & (1 << (x % 8)))).toBe(light);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("bad input is refused", () => {
    const frame = createFrame(2, 2);
    expect(() => packFrame(frame, "ssd1305" as PixelFormat)).toThrow(
      'expected format as ssd1306, epd-1bit, xbm, gray8, rgb565, rgb565le, rgb, bgr; got the string "ssd1305"',
    );
    expect(() => packFrame(frame, "toString" as PixelFormat)).toThrow(RangeError);
    expect(() => packFrame(frame, "xbm", { threshold: 1.5 })).toThrow(
      "expected threshold as an integer from 0 to 256",
    );
    expect(() => packFrame({ ...frame, width: 3 }, "rgb")).toThrow(
      "expected data of 24 bytes for 3×2 pixels, got 16",
    );
  });
});
