// The pictures that other programs show for a file: Chromium, Pillow, ImageMagick and sharp, each as its users see them.
// A viewer shows many files in one process.

import type { Frame } from "@gvpie/cartridge";
import { findChromium, openTestPage, type TestPage } from "@gvpie/testing/browser";
import { skipVisibly } from "@gvpie/testing";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { TestContext } from "vitest";
import { runPillow } from "./pillow.ts";
import type { ShownFrames, ViewerPage } from "./viewer-page.ts";

declare const viewers: ViewerPage;

/** The pictures that a viewer shows in turn, one unless the file is animated; or the reason why it shows none. */
export type Shown = readonly Frame[] | string;

/** One way in which people see a file. */
export interface View {
  readonly name: string;
  /** True if only colours multiplied with alpha can be seen. Then the reference is a plain RGBA file in the same view. */
  readonly blends: boolean;
  show(files: readonly Uint8Array[]): Promise<readonly Shown[]>;
}

/** The views of Chromium; they share one browser until `close`. */
export async function openChromium(): Promise<{ views: readonly View[]; close: () => Promise<void> }> {
  const entry = fileURLToPath(new URL("./viewer-page.ts", import.meta.url));
  const opened = await openTestPage(findChromium() ?? "chromium", entry);
  const { page } = opened;
  const show = async (files: readonly Uint8Array[], how: "drawOnCanvas" | "decodeFrames") => {
    const shown = await page.evaluate(([files, how]) => viewers[how](files), [files, how] as const);
    return shown.map(framesOf);
  };
  return {
    views: [
      { name: "Chromium, canvas", blends: true, show: (files) => show(files, "drawOnCanvas") },
      { name: "Chromium, every frame", blends: true, show: (files) => show(files, "decodeFrames") },
      { name: "Chromium, page", blends: true, show: (files) => photograph(page, files) },
    ],
    close: async () => opened[Symbol.asyncDispose](),
  };
}

function framesOf(shown: ShownFrames): Shown {
  if (typeof shown === "string") return shown;
  return shown.map(({ width, height, data }) => ({ width, height, data: Uint8ClampedArray.from(data) }));
}

/** Returns the parts of a screenshot of a page with all files. */
async function photograph(page: TestPage["page"], files: readonly Uint8Array[]): Promise<Shown[]> {
  const places = await page.evaluate((files) => viewers.layOut(files), files);
  const screenshot = await page.screenshot({ fullPage: true, animations: "allow" });
  const { data, info } = await sharp(screenshot).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return places.map((place) => {
    if (place === undefined) return "not shown";
    const { x, y, width, height } = place;
    const part = new Uint8ClampedArray(width * height * 4);
    for (let row = 0; row < height; row++) {
      const start = ((y + row) * info.width + x) * 4;
      part.set(data.subarray(start, start + width * 4), row * width * 4);
    }
    return [{ width, height, data: part }];
  });
}

const PILLOW_SCRIPT = `
import base64, io
from PIL import ImageOps, ImageSequence
def frames(file):
    image = Image.open(io.BytesIO(base64.b64decode(file)))
    if data["upright"]:
        return [ImageOps.exif_transpose(image).convert("RGBA")]
    return [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
def look(file):
    try:
        return [[image.width, image.height, base64.b64encode(image.tobytes()).decode()] for image in frames(file)]
    except Exception as error:
        return repr(error)
print(json.dumps([look(file) for file in data["files"]]))
`;

function pillow(files: readonly Uint8Array[], upright: boolean): Shown[] {
  const shown = runPillow(PILLOW_SCRIPT, {
    upright,
    files: files.map((file) => Buffer.from(file).toString("base64")),
  }) as ([number, number, string][] | string)[];
  return shown.map((frames) =>
    typeof frames === "string"
      ? frames
      : frames.map(([width, height, data]) => ({
          width,
          height,
          data: Uint8ClampedArray.from(Buffer.from(data, "base64")),
        })),
  );
}

/** Debian's ImageMagick, even if another program of this name comes first on the PATH. */
const CONVERT = "/usr/bin/convert";

/** Skips the running test if ImageMagick is not installed. */
export function requireImageMagick(context: TestContext): void {
  if (!existsSync(CONVERT)) {
    skipVisibly(context, "no ImageMagick: install it (Debian: apt-get install imagemagick)");
  }
}

function imageMagick(files: readonly Uint8Array[], options: readonly string[]): Shown[] {
  const folder = mkdtempSync(join(tmpdir(), "gvpie-viewers-"));
  try {
    const paths = files.map((file, i) => {
      const path = join(folder, `${i}.png`);
      writeFileSync(path, file);
      return path;
    });
    const raw = join(folder, "all.rgba");
    const report = ["-set", "source", "%i", "-format", "%[source] %w %h %g\n", "+write", "info:-"];
    const args = [...paths, ...options, "-depth", "8", ...report, raw];
    const { stdout } = spawnSync(CONVERT, args, {
      encoding: "utf8",
      env: { ...process.env, MAGICK_THREAD_LIMIT: "1" },
    });
    const shown: Shown[] = files.map(() => "not shown");
    const bytes = readFileSync(raw);
    let at = 0;
    for (const line of stdout.trim().split("\n")) {
      const [path = "", columns, rows, canvas] = line.split(" ");
      const [width, height] = [Number(columns), Number(rows)];
      const data = Uint8ClampedArray.from(bytes.subarray(at, at + width * height * 4));
      // Programs that show or compose the picture put it on this canvas.
      shown[paths.indexOf(path)] =
        canvas === `${width}x${height}+0+0` ? [{ width, height, data }] : `on a canvas ${canvas}`;
      at += data.length;
    }
    if (at !== bytes.length) throw new Error(`expected ${at} bytes from ImageMagick, got ${bytes.length}`);
    return shown;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withSharp(files: readonly Uint8Array[], upright: boolean): Promise<Shown[]> {
  return Promise.all(
    files.map(async (file) => {
      try {
        const image = upright ? sharp(file).autoOrient() : sharp(file);
        const { data, info } = await image
          .toColourspace("srgb")
          .ensureAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        return [{ width: info.width, height: info.height, data: Uint8ClampedArray.from(data) }];
      } catch (error) {
        return String(error);
      }
    }),
  );
}

/** The views of the other programs. */
export const otherViews: readonly View[] = [
  { name: "Pillow", blends: false, show: async (files) => pillow(files, false) },
  { name: "Pillow, upright", blends: false, show: async (files) => pillow(files, true) },
  { name: "ImageMagick", blends: false, show: async (files) => imageMagick(files, []) },
  {
    name: "ImageMagick, upright",
    blends: false,
    show: async (files) => imageMagick(files, ["-auto-orient"]),
  },
  { name: "sharp", blends: false, show: (files) => withSharp(files, false) },
  { name: "sharp, upright", blends: false, show: (files) => withSharp(files, true) },
];

/**
 * Returns a description of the pixels that differ by more than `tolerance` levels; undefined if none does. With `blends`,
 * colours are compared as they are seen: multiplied with alpha.
 */
export function deviation(
  expected: Shown,
  actual: Shown,
  { blends, tolerance = 0 }: { readonly blends: boolean; readonly tolerance?: number },
): string | undefined {
  if (typeof expected === "string") return `the reference: ${expected}`;
  if (typeof actual === "string") return actual;
  if (actual.length !== expected.length) return `${actual.length} frames`;
  for (const [i, frame] of actual.entries()) {
    const found = compareFrames(expected[i] as Frame, frame, blends, tolerance);
    if (found !== undefined) return found;
  }
  return undefined;
}

function compareFrames(
  expected: Frame,
  actual: Frame,
  blends: boolean,
  tolerance: number,
): string | undefined {
  if (expected.width !== actual.width || expected.height !== actual.height) {
    return `${actual.width}×${actual.height} pixels`;
  }
  if (Buffer.from(expected.data.buffer).equals(Buffer.from(actual.data.buffer))) return undefined;
  const seen = ({ data }: Frame, at: number, i: number): number => {
    const value = data[at + i] as number;
    return blends && i < 3 ? Math.round((value * (data[at + 3] as number)) / 255) : value;
  };
  let [count, most] = [0, 0];
  for (let at = 0; at < expected.data.length; at += 4) {
    const levels = Math.max(
      ...[0, 1, 2, 3].map((i) => Math.abs(seen(expected, at, i) - seen(actual, at, i))),
    );
    if (levels > tolerance) count++;
    most = Math.max(most, levels);
  }
  return count === 0 ? undefined : `${count} pixels differ, by up to ${most} levels`;
}
