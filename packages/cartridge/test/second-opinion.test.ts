// Decoders and encoders that share no code with this package, sharp (libvips), fast-png and Pillow, read its files, and it
// reads theirs.

import {
  decodeCartridge,
  decodePng,
  encodeCartridge,
  encodePng,
  type Frame,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { decode, encode, type ImageData } from "fast-png";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameOf, frameWithColors, paintFrame } from "./support/frames.ts";
import { requirePillow, runPillow } from "./support/pillow.ts";
import { caseName, encodeCase, type PngCase, pngCases } from "./support/png-encoder.ts";

const colorful = paintFrame(23, 17, (x, y) => [x * 11, y * 15, x * y, 255 - x * 3]);
/** Every form that the encoder writes. */
const ours: readonly [string, Frame, "auto" | "rgba"][] = [
  ["1-bit grey", frameOf("#.......#", ".#.....#."), "auto"],
  ["1-bit palette", frameOf("rgrgrgrgr", "ggggggggg"), "auto"],
  ["1-bit palette with alpha", frameOf("# # # # #", "         "), "auto"],
  ["2-bit palette", frameOf("rgb#rgb#rgb", "rgb#rgb#rgb"), "auto"],
  ["4-bit palette", frameWithColors(15), "auto"],
  ["8-bit palette", frameWithColors(200), "auto"],
  ["8-bit palette with alpha", frameWithColors(200, 77), "auto"],
  ["RGB", paintFrame(23, 17, (x, y) => [x * 11, y * 15, x * y, 255]), "auto"],
  ["RGBA", colorful, "auto"],
  ["RGBA, forced", frameOf("#.", ".#"), "rgba"],
];

function sha256(data: Uint8Array | Uint8ClampedArray): string {
  return createHash("sha256").update(data).digest("hex");
}

async function sharpFrame(png: Uint8Array): Promise<Frame> {
  const image = sharp(png).toColourspace("srgb").ensureAlpha().raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: Uint8ClampedArray.from(data) };
}

/** Converts the samples that fast-png returns to RGBA. fast-png ignores tRNS outside palettes. */
function fastPngFrame(png: Uint8Array): Frame {
  const { width, height, data, depth, channels, palette } = decode(png);
  const sample = (i: number) => {
    const bit = (i % (width * channels)) * depth;
    const row = Math.floor(i / (width * channels)) * Math.ceil((width * channels * depth) / 8);
    if (depth >= 8) return (data[i] as number) >> (depth - 8);
    return ((data[row + (bit >> 3)] as number) >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  };
  const scale = depth >= 8 || palette !== undefined ? 1 : 255 / (2 ** depth - 1);
  const pixels = Array.from({ length: width * height }, (_, pixel) => {
    const samples = Array.from({ length: channels }, (_, i) => sample(pixel * channels + i) * scale);
    if (palette !== undefined) {
      const [r, g, b, a = 255] = palette[samples[0] as number] as unknown as number[];
      return [r, g, b, a];
    }
    const [first, second, third, fourth = 255] = samples;
    return channels < 3 ? [first, first, first, second ?? 255] : [first, second, third, fourth];
  });
  return { width, height, data: Uint8ClampedArray.from(pixels.flat() as number[]) };
}

describe("other decoders read our files", () => {
  test.each(ours)("sharp and fast-png: %s", async (_, frame, colorType) => {
    const png = await encodePng(frame, { colorType });
    expect(await sharpFrame(png)).toEqual(frame);
    expect(fastPngFrame(png)).toEqual(frame);
  });

  test("Pillow: pixels, and texts before it decodes the pixels", async (context) => {
    requirePillow(context);
    const createdAt = new Date("2026-11-24T04:05:06.789Z");
    const programs = ["TXT 1 1 é→", `# ${"long ".repeat(20_000)}`];
    const files = await Promise.all(
      ours.map(async ([, frame, colorType], i) =>
        Buffer.from(
          await encodeCartridge(frame, { colorType, createdAt, program: programs[i % 2], language: "1" }),
        ).toString("base64"),
      ),
    );
    const script = `
import base64, io
def look(file):
    image = Image.open(io.BytesIO(base64.b64decode(file)))
    info = {key: image.info[key] for key in ("cartridge_type", "checksum", "created_at", "Software", "gvpie")}
    rgba = image.convert("RGBA")
    return {"size": rgba.size, "sha256": hashlib.sha256(rgba.tobytes()).hexdigest(), "info": info}
print(json.dumps([look(file) for file in data]))
`;
    const seen = runPillow(script, files) as {
      size: number[];
      sha256: string;
      info: Record<string, string>;
    }[];
    expect(
      seen.map(({ size, sha256, info }) => ({
        size,
        sha256,
        info: { ...info, gvpie: JSON.parse(info["gvpie"] ?? "") as unknown },
      })),
    ).toEqual(
      ours.map(([, frame], i) => ({
        size: [frame.width, frame.height],
        sha256: sha256(frame.data),
        info: {
          cartridge_type: "pixel",
          checksum: sha256(frame.data),
          created_at: createdAt.toISOString(),
          Software: "@gvpie/cartridge",
          gvpie: expect.objectContaining({ v: 1, program: programs[i % 2] }) as unknown,
        },
      })),
    );
  });
});

describe("other decoders agree on every kind of PNG", () => {
  const cases = pngCases.map((c) => ({ name: caseName(c), c, png: encodeCase(c).png }));

  test.each(cases)("sharp: $name", async ({ png }) => {
    expect(await decodePng(png)).toEqual(await sharpFrame(png));
  });

  /** fast-png ignores transparent colours outside a palette, and cannot read interlaced pictures below 8 bits. */
  const fastPngReads = (c: PngCase) =>
    (!c.transparent || c.colorType === 3) && !(c.interlaced && c.depth < 8);
  test.each(cases.filter(({ c }) => fastPngReads(c)))("fast-png: $name", async ({ png }) => {
    expect(await decodePng(png)).toEqual(fastPngFrame(png));
  });

  /** Pillow converts 16-bit grey to its mode I, and compares transparent grey below 8 bits with scaled samples. */
  const readsRight = (c: PngCase) =>
    c.colorType === 0 ? c.depth < 16 && (c.depth === 8 || !c.transparent) : true;
  /** Pillow compares a 16-bit transparent colour with 8-bit samples. */
  const comparesRight = (c: PngCase) => !(c.colorType === 2 && c.depth === 16 && c.transparent);

  test("Pillow: every kind that it reads correctly", async (context) => {
    requirePillow(context);
    const readable = cases.filter(({ c }) => readsRight(c) && comparesRight(c));
    const script = `
import base64, io
def rgba(file):
    return hashlib.sha256(Image.open(io.BytesIO(base64.b64decode(file))).convert("RGBA").tobytes()).hexdigest()
print(json.dumps([rgba(file) for file in data]))
`;
    const seen = runPillow(
      script,
      readable.map(({ png }) => Buffer.from(png).toString("base64")),
    ) as string[];
    const expected = await Promise.all(readable.map(async ({ png }) => sha256((await decodePng(png)).data)));
    expect(seen.map((hash, i) => [readable[i]?.name, hash])).toEqual(
      expected.map((hash, i) => [readable[i]?.name, hash]),
    );
    expect(readable.length).toBeGreaterThan(250);
  });
});

describe("reads the files of sharp", () => {
  const raw = { width: colorful.width, height: colorful.height, channels: 4 as const };
  const image = () => sharp(colorful.data, { raw });
  test.each([
    ["RGBA", () => image().png()],
    ["RGBA, interlaced", () => image().png({ progressive: true })],
    ["RGBA, all filters", () => image().png({ adaptiveFiltering: true })],
    ["RGB", () => image().removeAlpha().png({ adaptiveFiltering: true })],
    ["grey", () => image().removeAlpha().greyscale().png()],
    ["grey with alpha", () => image().greyscale().png({ progressive: true })],
    ["16-bit RGBA", () => image().toColourspace("rgb16").png({ adaptiveFiltering: true })],
    ["16-bit grey", () => image().removeAlpha().toColourspace("grey16").png({ progressive: true })],
    ["palette of 256", () => image().png({ palette: true, colours: 256 })],
    ["palette of 16", () => image().png({ palette: true, colours: 16 })],
    ["palette of 4, interlaced", () => image().png({ palette: true, colours: 4, progressive: true })],
    ["palette of 2", () => image().png({ palette: true, colours: 2 })],
  ])("%s", async (_, encodeImage) => {
    const png = await encodeImage().toBuffer();
    expect(await decodePng(png)).toEqual(await sharpFrame(png));
  });
});

describe("reads the files of fast-png", () => {
  const images: [string, ImageData][] = ([1, 2, 3, 4] as const).flatMap((channels) =>
    ([8, 16] as const).map((depth): [string, ImageData] => {
      const length = 19 * 7 * channels;
      const data = depth === 8 ? new Uint8Array(length) : new Uint16Array(length);
      data.forEach((_, i) => (data[i] = Math.imul(i + 1, 40_503)));
      return [`${channels} channels of ${depth} bits`, { width: 19, height: 7, channels, depth, data }];
    }),
  );
  test.each(images)("%s", async (_, image) => {
    const png = encode(image);
    expect(await decodePng(png)).toEqual(fastPngFrame(png));
    const interlaced = encode(image, { interlace: "Adam7" });
    expect(await decodePng(interlaced)).toEqual(fastPngFrame(png));
  });
});

describe("reads the files of Pillow", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "gvpie-cartridge-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("every mode", async (context) => {
    requirePillow(context);
    const script = `
source = Image.frombytes("RGBA", data["size"], bytes(data["rgba"]))
rgb = source.convert("RGB")
images = {
    "1": (rgb.convert("1"), {}),
    "L": (rgb.convert("L"), {}),
    "L optimized": (rgb.convert("L"), {"optimize": True}),
    "L transparent": (rgb.convert("L"), {"transparency": rgb.convert("L").getpixel((3, 3))}),
    "LA": (source.convert("LA"), {}),
    "RGB": (rgb, {}),
    "RGB transparent": (rgb, {"transparency": rgb.getpixel((3, 3))}),
    "RGBA": (source, {"compress_level": 0}),
}
for colors, bits in ((2, 1), (4, 2), (16, 4), (256, 8)):
    images["P %d" % bits] = (rgb.quantize(colors), {"bits": bits})
    images["P %d transparent" % bits] = (rgb.quantize(colors), {"bits": bits, "transparency": bytes([9, 200])})
report = {}
for i, (name, (image, options)) in enumerate(images.items()):
    path = "%s/%d.png" % (data["folder"], i)
    image.save(path, **options)
    report[name] = {"path": path, "sha256": hashlib.sha256(Image.open(path).convert("RGBA").tobytes()).hexdigest()}
print(json.dumps(report))
`;
    const size = [colorful.width, colorful.height];
    const report = runPillow(script, { folder, size, rgba: [...colorful.data] }) as Record<
      string,
      { path: string; sha256: string }
    >;
    const seen = await Promise.all(
      Object.entries(report).map(async ([name, { path }]) => [
        name,
        sha256((await decodePng(readFileSync(path))).data),
      ]),
    );
    expect(seen).toEqual(Object.entries(report).map(([name, { sha256 }]) => [name, sha256]));
    expect(seen).toHaveLength(16);
  });

  test("a cartridge with the three old texts", async (context) => {
    requirePillow(context);
    const frame = renderProgram("TXT 10 10 Hello GPU");
    const path = join(folder, "old.png");
    const raw = join(folder, "old.raw");
    writeFileSync(raw, frame.data);
    const script = `
pixels = open(data["raw"], "rb").read()
image = Image.frombytes("RGBA", data["size"], pixels)
info = PngImagePlugin.PngInfo()
info.add_text("cartridge_type", "pixel")
info.add_text("checksum", hashlib.sha256(pixels).hexdigest())
info.add_text("created_at", "1700000000")
image.save(data["path"], "PNG", pnginfo=info)
print("null")
`;
    runPillow(script, { raw, path, size: [frame.width, frame.height] });
    const bytes = readFileSync(path);
    const cartridge = await decodeCartridge(bytes);
    expect(cartridge.frame).toEqual(frame);
    expect(cartridge.metadata).toMatchObject({
      cartridgeType: "pixel",
      checksum: sha256(frame.data),
      createdAt: new Date(1_700_000_000_000),
      gvpie: undefined,
    });
    const verification = await verifyCartridge(bytes, { render: renderProgram });
    expect(verification.status).toBe("no-program");
  });
});
