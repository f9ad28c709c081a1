import { describeValue } from "@gvpie/pxl-parser";

import { RasterError } from "./errors.ts";
import type { Frame } from "./types.ts";

/** Name of a memory layout of {@link packFrame}. */
export type PixelFormat = "ssd1306" | "epd-1bit" | "xbm" | "gray8" | "rgb565" | "rgb565le" | "rgb" | "bgr";

/** One bit a pixel: 1 for light pixels. */
interface BitLayout {
  /** `rows`: a byte holds eight pixels of a row, and each row begins a byte. `pages`: a byte holds eight rows of one column. */
  readonly bits: "rows" | "pages";
  /** The bit of the first of the eight pixels, the left or top one. */
  readonly first: "high" | "low";
}

/** Whole bytes for each pixel, row by row, without padding. */
interface ByteLayout {
  readonly bytes: number;
  /** Writes one pixel, already blended over black, at `at`. */
  readonly write: (into: Uint8Array, at: number, red: number, green: number, blue: number) => void;
}

/**
 * The memory layouts of displays. Sources: SSD1306 datasheet 1.1, 8.7 "Graphic Display Data RAM"; ILI9341 datasheet 1.11, 7.6.4
 * "16-bit/pixel"; the X Bitmap format of Xlib; SSD1680 datasheet, command 0x24.
 */
const LAYOUTS: Readonly<Record<PixelFormat, BitLayout | ByteLayout>> = {
  /** Pages of eight rows, the top row in bit 0: SSD1306 and most monochrome OLEDs. */
  ssd1306: { bits: "pages", first: "low" },
  /** Rows, the left pixel in bit 7: e-paper controllers, ST7920, and the data of a PBM whose colours are swapped. */
  "epd-1bit": { bits: "rows", first: "high" },
  /** Rows, the left pixel in bit 0: X bitmaps and U8g2's drawXBM. */
  xbm: { bits: "rows", first: "low" },
  /** One byte of brightness. */
  gray8: { bytes: 1, write: (into, at, red, green, blue) => (into[at] = brightness(red, green, blue)) },
  /** Five, six and five bits, the high byte first, as ILI9341 and ST7735 read them. */
  rgb565: {
    bytes: 2,
    write(into, at, red, green, blue) {
      into[at] = (red & 0xf8) | (green >> 5);
      into[at + 1] = ((green << 3) & 0xe0) | (blue >> 3);
    },
  },
  /** The same with the low byte first, as Linux framebuffers and LVGL store them. */
  rgb565le: {
    bytes: 2,
    write(into, at, red, green, blue) {
      into[at] = ((green << 3) & 0xe0) | (blue >> 3);
      into[at + 1] = (red & 0xf8) | (green >> 5);
    },
  },
  /** Red, green, blue: the data of a PPM. */
  rgb: {
    bytes: 3,
    write(into, at, red, green, blue) {
      into[at] = red;
      into[at + 1] = green;
      into[at + 2] = blue;
    },
  },
  /** Blue, green, red. */
  bgr: {
    bytes: 3,
    write(into, at, red, green, blue) {
      into[at] = blue;
      into[at + 1] = green;
      into[at + 2] = red;
    },
  },
};

/** The memory layouts of {@link packFrame}. */
export const PIXEL_FORMATS: readonly PixelFormat[] = Object.keys(LAYOUTS) as PixelFormat[];

/** Options of {@link packFrame}, for formats of one bit a pixel. */
export interface PackOptions {
  /** Least brightness of a light pixel, 0 to 256. Default 128. */
  readonly threshold?: number | undefined;
  /** Writes 1 for dark pixels instead. Default false. */
  readonly invert?: boolean | undefined;
}

/**
 * Packs the pixels of a frame as a display stores them. Translucent pixels are blended over black with the rounding of
 * {@link blendPixel}. The brightness of a pixel is `(77·red + 150·green + 29·blue) >> 8`, so the result is exact everywhere.
 *
 * @returns `width * ⌈height / 8⌉` bytes for `ssd1306`; `⌈width / 8⌉ * height` for `epd-1bit` and `xbm`, with bits 0 after the end of
 * a row; `width * height` for `gray8`, twice as many for `rgb565` and `rgb565le`, and three times for `rgb` and `bgr`.
 * @throws {RangeError} for an unknown format or a threshold out of range; {RasterError} `RASTER_BAD_FRAME` if the data of the frame
 * does not have `width * height * 4` bytes.
 */
export function packFrame(
  { width, height, data }: Pick<Frame, "width" | "height" | "data">,
  format: PixelFormat,
  { threshold = 128, invert = false }: PackOptions = {},
): Uint8Array<ArrayBuffer> {
  if (!Object.hasOwn(LAYOUTS, format)) {
    throw new RangeError(`expected format as ${PIXEL_FORMATS.join(", ")}; got ${describeValue(format)}`);
  }
  if (!Number.isInteger(threshold) || threshold < 0 || threshold > 256) {
    throw new RangeError(`expected threshold as an integer from 0 to 256, got ${describeValue(threshold)}`);
  }
  if (data.length !== width * height * 4) {
    const expected = `${width * height * 4} bytes for ${width}×${height} pixels`;
    throw new RasterError("RASTER_BAD_FRAME", `expected data of ${expected}, got ${data.length}`);
  }
  const layout = LAYOUTS[format];
  if ("bytes" in layout) {
    const packed = new Uint8Array(width * height * layout.bytes);
    for (let from = 0, at = 0; at < packed.length; from += 4, at += layout.bytes) {
      const alpha = data[from + 3] ?? 0;
      layout.write(
        packed,
        at,
        over(data[from], alpha),
        over(data[from + 1], alpha),
        over(data[from + 2], alpha),
      );
    }
    return packed;
  }
  const { bits, first } = layout;
  const stride = bits === "rows" ? (width + 7) >> 3 : width;
  const packed = new Uint8Array(stride * (bits === "rows" ? height : (height + 7) >> 3));
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += 4) {
      const alpha = data[from + 3] ?? 0;
      const light =
        brightness(over(data[from], alpha), over(data[from + 1], alpha), over(data[from + 2], alpha)) >=
        threshold;
      if (light === invert) continue;
      const at = bits === "rows" ? y * stride + (x >> 3) : (y >> 3) * stride + x;
      const index = (bits === "rows" ? x : y) & 7;
      packed[at] = (packed[at] ?? 0) | (first === "high" ? 0x80 >> index : 1 << index);
    }
  }
  return packed;
}

/** Blends one channel over black. */
function over(channel = 0, alpha: number): number {
  const weighted = channel * alpha + 128;
  return (weighted + (weighted >> 8)) >> 8;
}

function brightness(red: number, green: number, blue: number): number {
  return (77 * red + 150 * green + 29 * blue) >> 8;
}
