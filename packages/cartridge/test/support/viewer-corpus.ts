// PNG files for the tests with viewers: every form of pixels, with every chunk that could change what a viewer shows.

import { decodePng, type Frame } from "@gvpie/cartridge";
import type { SeededRandom } from "@gvpie/testing/random";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import {
  ascii,
  chunk,
  chunksOf,
  concat,
  idat,
  IEND,
  ihdr,
  pngOf,
  type RawChunk,
  textChunk,
  u32,
} from "./chunks.ts";
import { caseName, encodeCase, pngCases } from "./png-encoder.ts";

/** The pixels of a file in one colour type and depth, with a ramp of all levels. */
export interface Form {
  readonly name: string;
  readonly colorType: 0 | 2 | 3 | 4 | 6;
  readonly depth: number;
  readonly header: RawChunk;
  /** PLTE and tRNS. */
  readonly colors: readonly RawChunk[];
  readonly pixels: RawChunk;
}

/** A change of a file. */
export interface Variant {
  readonly name: string;
  /** The chunk that makes the file not canonical; undefined if it must stay verified. */
  readonly obstacle: string | undefined;
  readonly isText: boolean;
  /** Chunks directly after IHDR, directly before IDAT, and after IDAT; undefined if PNG does not allow them in the form. */
  readonly chunks: (form: Form) => Places | undefined;
}

interface Places {
  readonly early?: readonly RawChunk[];
  readonly late?: readonly RawChunk[];
  readonly after?: readonly RawChunk[];
  /** Replaces IDAT. */
  readonly pixels?: readonly RawChunk[];
}

const [WIDTH, HEIGHT] = [24, 16];

const u16 = (...values: readonly number[]) => values.flatMap((value) => [(value >> 8) & 255, value & 255]);

function level(x: number, y: number): number {
  return (y * WIDTH + x) & 255;
}

function rgba(x: number, y: number): number[] {
  const alpha = (x * y) % 7 === 0 ? 255 : (x * 11 + y * 5) & 255;
  return [(x * 11 + y) & 255, (y * 17 + 3) & 255, ((x * 5) ^ (y * 23)) & 255, alpha];
}

const rgb = (x: number, y: number) => rgba(x, y).slice(0, 3);
const alpha = (x: number, y: number) => rgba(x, y).slice(3);
const wide = (samples: readonly number[], low: (high: number) => number) =>
  samples.flatMap((high) => [high, low(high)]);

/** Returns scanlines of whole bytes. */
function rows(samples: (x: number, y: number) => readonly number[]): number[] {
  return Array.from({ length: HEIGHT }, (_, y) => [
    0,
    ...Array.from({ length: WIDTH }, (_, x) => samples(x, y)).flat(),
  ]).flat();
}

/** Returns scanlines of samples below 8 bits, all levels in turn. */
function packed(depth: number): number[] {
  const perByte = 8 / depth;
  return Array.from({ length: HEIGHT }, (_, y) => [
    0,
    ...Array.from({ length: WIDTH / perByte }, (_, column) =>
      Array.from({ length: perByte }, (_, i) => (column * perByte + i + y) % 2 ** depth).reduce(
        (byte, sample) => (byte << depth) | sample,
        0,
      ),
    ),
  ]).flat();
}

const PALETTE = Array.from({ length: 256 }, (_, i) => [i, (i * 3) & 255, 255 - i]).flat();

function form(
  name: string,
  colorType: Form["colorType"],
  depth: number,
  scanlines: readonly number[],
  transparent?: readonly number[],
): Form {
  const palette = colorType === 3 ? [chunk("PLTE", PALETTE.slice(0, 3 * 2 ** depth))] : [];
  const transparency = transparent === undefined ? [] : [chunk("tRNS", transparent)];
  const header = ihdr(WIDTH, HEIGHT, depth, colorType);
  return { name, colorType, depth, header, colors: [...palette, ...transparency], pixels: idat(scanlines) };
}

const GREY8 = rows((x, y) => [level(x, y)]);

/** The forms to which variants are applied. */
export const forms: readonly Form[] = [
  form("1-bit grey", 0, 1, packed(1)),
  form("8-bit grey", 0, 8, GREY8),
  form("RGB", 2, 8, rows(rgb)),
  form("palette", 3, 8, GREY8),
  form(
    "palette with alpha",
    3,
    8,
    GREY8,
    Array.from({ length: 200 }, (_, i) => i),
  ),
  form("RGBA", 6, 8, rows(rgba)),
];

const KEY = rgb(3, 3);
const low = (high: number) => high ^ 0x9c;
const same = (high: number) => high;

/** Forms without other chunks; with a name of a chunk: not canonical because of that chunk. */
export const bareForms: readonly (readonly [Form, obstacle?: string])[] = [
  ...forms.map((form): readonly [Form] => [form]),
  [form("2-bit grey", 0, 2, packed(2))],
  [form("4-bit grey", 0, 4, packed(4))],
  [
    form(
      "grey with alpha",
      4,
      8,
      rows((x, y) => [level(x, y), ...alpha(x, y)]),
    ),
  ],
  [form("1-bit palette", 3, 1, packed(1))],
  [form("2-bit palette with alpha", 3, 2, packed(2), [0, 77])],
  [form("4-bit palette", 3, 4, packed(4), [255, 9])],
  [form("8-bit grey, transparent colour", 0, 8, GREY8, u16(85))],
  [form("RGB, transparent colour", 2, 8, rows(rgb), u16(...KEY))],
  [form("RGB, transparent colour that no pixel has", 2, 8, rows(rgb), u16(1, 254, 1))],
  [
    form(
      "RGBA, colours under alpha 0",
      6,
      8,
      rows((x, y) => [...rgb(x, y), (x + y) % 3 === 0 ? 0 : 255]),
    ),
  ],
  [form("1-bit grey, transparent colour", 0, 1, packed(1), u16(1)), "tRNS"],
  [form("2-bit grey, transparent colour", 0, 2, packed(2), u16(1)), "tRNS"],
  [form("4-bit grey, transparent colour", 0, 4, packed(4), u16(5)), "tRNS"],
  [form("4-bit grey, transparent colour beyond the depth", 0, 4, packed(4), u16(0x15)), "tRNS"],
  [form("8-bit grey, transparent colour beyond the depth", 0, 8, GREY8, u16(0x155)), "tRNS"],
  [
    form("RGB, transparent colour beyond the depth", 2, 8, rows(rgb), u16(...KEY.map((v) => v + 256))),
    "tRNS",
  ],
  [
    form(
      "16-bit grey",
      0,
      16,
      rows((x, y) => wide([level(x, y)], low)),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit grey, both bytes equal",
      0,
      16,
      rows((x, y) => wide([level(x, y)], same)),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit grey, transparent colour",
      0,
      16,
      rows((x, y) => wide([level(x, y)], low)),
      wide([9], low),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit RGB",
      2,
      16,
      rows((x, y) => wide(rgb(x, y), low)),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit RGB, both bytes equal",
      2,
      16,
      rows((x, y) => wide(rgb(x, y), same)),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit RGB, transparent colour",
      2,
      16,
      rows((x, y) => wide(rgb(x, y), low)),
      wide(KEY, low),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit grey with alpha",
      4,
      16,
      rows((x, y) => wide([level(x, y), ...alpha(x, y)], low)),
    ),
    "IHDR",
  ],
  [
    form(
      "16-bit RGBA",
      6,
      16,
      rows((x, y) => wide(rgba(x, y), low)),
    ),
    "IHDR",
  ],
];

/** Every chunk that could change the display, in its forms. */
export const variants: readonly Variant[] = [
  ...gammaVariants(),
  ...profileVariants(),
  ...canvasVariants(),
  ...exifVariants(),
  ...textVariants(),
  ...hintVariants(),
  ...animationVariants(),
];

/** The effect of a text does not depend on the form, nor that of any chunk on all details of it: fewer files are enough. */
export function appliesTo({ name }: Form, { isText }: Variant): boolean {
  return name === "RGB" || name === "palette with alpha" || (!isText && name.endsWith("grey"));
}

function variant(
  name: string,
  obstacle: string | undefined,
  places: Places | ((form: Form) => Places | undefined),
): Variant {
  const isText = /^[tzi]TXt /i.test(name);
  return { name, obstacle, isText, chunks: typeof places === "function" ? places : () => places };
}

function gammaVariants(): Variant[] {
  const gamma = (value: number) => chunk("gAMA", u32(value));
  const srgb = (intent: number) => chunk("sRGB", [intent]);
  const chromaticities = (...values: readonly number[]) =>
    chunk("cHRM", concat(...values.map((value) => u32(value))));
  const srgbColors = chromaticities(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000);
  const swappedColors = chromaticities(31270, 32900, 30000, 60000, 64000, 33000, 15000, 6000);
  return [
    variant("gAMA 45455", undefined, { early: [gamma(45455)] }),
    ...[0, 1, 22222, 45000, 45454, 50000, 55556, 100000, 0x7fffffff].map((value) =>
      variant(`gAMA ${value}`, "gAMA", { early: [gamma(value)] }),
    ),
    variant("gAMA of 3 bytes", "gAMA", { early: [chunk("gAMA", [0, 177, 143])] }),
    variant("gAMA twice, equal", "gAMA", { early: [gamma(45455), gamma(45455)] }),
    variant("gAMA twice, the second of 100000", "gAMA", { early: [gamma(45455), gamma(100000)] }),
    variant("gAMA twice, the first of 100000", "gAMA", { early: [gamma(100000), gamma(45455)] }),
    variant("gAMA of 100000 before IDAT", "gAMA", { late: [gamma(100000)] }),
    variant("gAMA of 100000 after IDAT", "gAMA", { after: [gamma(100000)] }),
    variant("cHRM of sRGB", undefined, { early: [srgbColors] }),
    variant("cHRM with red and green swapped", "cHRM", { early: [swappedColors] }),
    variant("cHRM of zeros", "cHRM", { early: [chromaticities(0, 0, 0, 0, 0, 0, 0, 0)] }),
    variant("cHRM of 31 bytes", "cHRM", { early: [chunk("cHRM", srgbColors.data.subarray(1))] }),
    variant("gAMA 45455 and a swapped cHRM", "cHRM", { early: [gamma(45455), swappedColors] }),
    variant("gAMA 100000 and cHRM of sRGB", "gAMA", { early: [gamma(100000), srgbColors] }),
    variant("sRGB, perceptual", undefined, { early: [srgb(0)] }),
    variant("sRGB, gAMA 45455 and cHRM", undefined, { early: [srgb(0), gamma(45455), srgbColors] }),
    variant("gAMA 45455, cHRM and sRGB", undefined, { early: [gamma(45455), srgbColors, srgb(0)] }),
    ...[1, 2, 3, 4, 255].map((intent) =>
      variant(`sRGB, intent ${intent}`, "sRGB", { early: [srgb(intent)] }),
    ),
    variant("sRGB of 2 bytes", "sRGB", { early: [chunk("sRGB", [0, 0])] }),
    variant("sRGB twice", "sRGB", { early: [srgb(0), srgb(0)] }),
    variant("sRGB and gAMA 100000", "gAMA", { early: [srgb(0), gamma(100000)] }),
    variant("sRGB and a swapped cHRM", "cHRM", { early: [srgb(0), swappedColors] }),
  ];
}

/** An ICC profile of sRGB, or of another space: `swapped` has its red and green exchanged. */
function iccProfile(space: "sRGB" | "swapped" | "linear" | "grey"): Uint8Array {
  const fixed = (value: number) => u32(Math.round(value * 65536) >>> 0);
  const xyz = (...values: readonly number[]) => concat(ascii("XYZ "), u32(0), ...values.map(fixed));
  const curve =
    space === "linear"
      ? concat(ascii("curv"), u32(0), u32(0))
      : concat(
          ascii("para"),
          u32(0),
          [0, 3, 0, 0],
          ...[2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045].map(fixed),
        );
  const red = xyz(0.43607, 0.22249, 0.01392);
  const green = xyz(0.38515, 0.71687, 0.09708);
  const common: [string, Uint8Array][] = [
    ["desc", concat(ascii("desc"), u32(0), u32(5), ascii("sRGB\0"), new Uint8Array(78))],
    ["cprt", concat(ascii("text"), u32(0), ascii("none\0"))],
    ["wtpt", xyz(0.9642, 1, 0.8249)],
  ];
  const tags: [string, Uint8Array][] =
    space === "grey"
      ? [...common, ["kTRC", concat(ascii("curv"), u32(0), u32(1), [1, 0])]]
      : [
          ...common,
          ["rXYZ", space === "swapped" ? green : red],
          ["gXYZ", space === "swapped" ? red : green],
          ["bXYZ", xyz(0.14307, 0.06061, 0.7141)],
          ...["rTRC", "gTRC", "bTRC"].map((name): [string, Uint8Array] => [name, curve]),
        ];
  let offset = 132 + 12 * tags.length;
  const table = tags.map(([name, { length }]) => {
    const entry = concat(ascii(name), u32(offset), u32(length));
    offset += (length + 3) & ~3;
    return entry;
  });
  const bodies = tags.map(([, body]) => concat(body, new Uint8Array(-body.length & 3)));
  const header = new Uint8Array(128);
  header.set(u32(offset));
  header.set(ascii(`lcms\x02\x40\0\0mntr${space === "grey" ? "GRAY" : "RGB "}XYZ `), 4);
  header.set(ascii("acsp"), 36);
  header.set(concat(fixed(0.9642), fixed(1), fixed(0.8249)), 68);
  return concat(header, u32(tags.length), ...table, ...bodies);
}

function profileVariants(): Variant[] {
  const profile = (bytes: Uint8Array) => chunk("iCCP", concat(ascii("p\0\0"), deflateSync(bytes)));
  const code = (...values: readonly number[]) => chunk("cICP", values);
  const primaries = u16(35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450);
  return [
    ...(["sRGB", "swapped", "linear", "grey"] as const).map((space) =>
      variant(`iCCP, ${space}`, "iCCP", { early: [profile(iccProfile(space))] }),
    ),
    variant("iCCP, not a profile", "iCCP", { early: [profile(ascii("not a profile"))] }),
    variant("iCCP that does not inflate", "iCCP", { early: [chunk("iCCP", ascii("p\0\0xyz"))] }),
    variant("iCCP, swapped, before IDAT", "iCCP", { late: [profile(iccProfile("swapped"))] }),
    variant("iCCP, swapped, after IDAT", "iCCP", { after: [profile(iccProfile("swapped"))] }),
    variant("sRGB and iCCP, swapped", "iCCP", {
      early: [chunk("sRGB", [0]), profile(iccProfile("swapped"))],
    }),
    variant("cICP, sRGB", "cICP", { early: [code(1, 13, 0, 1)] }),
    variant("cICP, Display P3", "cICP", { early: [code(12, 13, 0, 1)] }),
    variant("cICP, PQ", "cICP", { early: [code(9, 16, 0, 1)] }),
    variant("cICP, narrow range", "cICP", { early: [code(1, 13, 0, 0)] }),
    variant("cICP, Display P3, before IDAT", "cICP", { late: [code(12, 13, 0, 1)] }),
    variant("cICP, Display P3, after IDAT", "cICP", { after: [code(12, 13, 0, 1)] }),
    ...["mDCV", "mDCv"].map((type) =>
      variant(type, type, { early: [chunk(type, concat(primaries, u32(10_000_000), u32(1)))] }),
    ),
    ...["cLLI", "cLLi"].map((type) =>
      variant(type, type, { early: [chunk(type, concat(u32(10_000_000), u32(4_000_000)))] }),
    ),
  ];
}

function canvasVariants(): Variant[] {
  const density = (x: number, y: number, unit: number) => chunk("pHYs", concat(u32(x), u32(y), [unit]));
  const offset = (x: number, y: number) => chunk("oFFs", concat(u32(x), u32(y), [0]));
  const page = (width: number, height: number) => chunk("vpAg", concat(u32(width), u32(height), [0]));
  const canvas = (width: number, height: number, x: number, y: number) =>
    chunk("caNv", concat(...[width, height, x, y].map((value) => u32(value))));
  return [
    variant("pHYs, 72 dpi", undefined, { late: [density(2835, 2835, 1)] }),
    variant("pHYs, 300 dpi", undefined, { early: [density(11_811, 11_811, 1)] }),
    variant("pHYs, 1:1 without unit", undefined, { late: [density(1, 1, 0)] }),
    variant("pHYs, 2:1", "pHYs", { late: [density(2, 1, 0)] }),
    variant("pHYs, 0:0", "pHYs", { late: [density(0, 0, 1)] }),
    variant("pHYs, unit 7", "pHYs", { late: [density(1, 1, 7)] }),
    variant("pHYs twice", "pHYs", { late: [density(1, 1, 0), density(3, 1, 0)] }),
    variant("pHYs, 3:1, after IDAT", "pHYs", { after: [density(3, 1, 0)] }),
    variant("oFFs 0, 0", "oFFs", { late: [offset(0, 0)] }),
    variant("oFFs 5, 3", "oFFs", { late: [offset(5, 3)] }),
    variant("oFFs −5, −3", "oFFs", { late: [offset(-5, -3)] }),
    variant("vpAg 64×64", "vpAg", { late: [page(64, 64)] }),
    variant("vpAg 4×4", "vpAg", { late: [page(4, 4)] }),
    variant("caNv 64×64+9+9", "caNv", { late: [canvas(64, 64, 9, 9)] }),
    variant("caNv 64×64+9+9, after IDAT", "caNv", { after: [canvas(64, 64, 9, 9)] }),
  ];
}

/** TIFF with the orientation as its only tag. */
function orientation(value: number): Uint8Array {
  return concat(ascii("MM\0*"), u32(8), u16(1, 0x0112, 3), u32(1), u16(value, 0), u32(0));
}

function exifVariants(): Variant[] {
  const exif = (value: number) => chunk("eXIf", orientation(value));
  const entry = (tag: number, type: number, value: readonly number[]) =>
    concat(u16(tag, type), u32(1), value.length === 2 ? [...value, 0, 0] : value);
  const halfSize = concat(
    ascii("MM\0*"),
    u32(8),
    u16(4),
    entry(0x011a, 5, [...u32(62)]),
    entry(0x011b, 5, [...u32(62)]),
    entry(0x0128, 3, u16(2)),
    entry(0x8769, 4, [...u32(70)]),
    concat(u32(0), u32(144), u32(1)),
    u16(2),
    entry(0xa002, 4, [...u32(WIDTH / 2)]),
    entry(0xa003, 4, [...u32(HEIGHT / 2)]),
    u32(0),
  );
  return [
    ...[0, 2, 3, 4, 5, 6, 7, 8, 9].map((value) =>
      variant(`eXIf, orientation ${value}`, "eXIf", { late: [exif(value)] }),
    ),
    variant("eXIf, orientation 6, before PLTE", "eXIf", { early: [exif(6)] }),
    variant("eXIf, orientation 6, after IDAT", "eXIf", { after: [exif(6)] }),
    variant("eXIf twice, the second with orientation 6", "eXIf", { late: [exif(1), exif(6)] }),
    variant("eXIf twice, the first with orientation 6", "eXIf", { late: [exif(6), exif(1)] }),
    variant("eXIf with the header of JPEG", "eXIf", {
      late: [chunk("eXIf", concat(ascii("Exif\0\0"), orientation(6)))],
    }),
    // Viewers that halve the size by the density would show these pixels at half their size.
    variant("eXIf, 144 dpi and half the size", "eXIf", { late: [chunk("eXIf", halfSize)] }),
    variant("eXIf, not TIFF", "eXIf", { late: [chunk("eXIf", [1, 2, 3])] }),
    variant("eXIf, empty", "eXIf", { late: [chunk("eXIf")] }),
    variant("orNT 6", "orNT", { late: [chunk("orNT", [6])] }),
  ];
}

function internationalText(keyword: string, text: string): RawChunk {
  return chunk("iTXt", concat(ascii(`${keyword}\0\0\0\0\0`), new TextEncoder().encode(text)));
}

function compressedText(keyword: string, text: string): RawChunk {
  return chunk("zTXt", concat(ascii(`${keyword}\0\0`), deflateSync(ascii(text))));
}

function textVariants(): Variant[] {
  const rawProfile = (name: string, bytes: Uint8Array): [string, string] => [
    `Raw profile type ${name}`,
    `\n${name}\n${String(bytes.length).padStart(8)}\n${Buffer.from(bytes)
      .toString("hex")
      .replace(/(.{72})/g, "$1\n")}\n`,
  ];
  const exif = concat(ascii("Exif\0\0"), orientation(6));
  const xmp =
    `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
    `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ` +
    `xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;
  const forms: [string, (keyword: string, text: string) => RawChunk][] = [
    ["tEXt", textChunk],
    ["zTXt", compressedText],
    ["iTXt", internationalText],
  ];
  const settings: [string, string][] = [
    ["colorspace", "RGB"],
    ["ColorSpace", "RGB"],
    ["page", "64x64+9+9"],
    ["exif:Orientation", "6"],
    ["tiff:Orientation", "6"],
    rawProfile("exif", exif),
    rawProfile("APP1", exif),
    rawProfile("icc", iccProfile("swapped")),
    ["XML:com.adobe.xmp", xmp],
    ["transparency", "5"],
    ["exif", "6"],
    ["interlace", "1"],
    ["bbox", "1"],
  ];
  const harmless = (
    "Title,Author,Description,Copyright,Creation Time,Software,Disclaimer,Warning,Source,Comment,Collection," +
    "date:create,date:modify,parameters,Thumb::URI,label"
  ).split(",");
  return [
    ...(["tEXt", "iTXt"] as const).map((type) =>
      variant(`${type} XMP without an orientation`, undefined, {
        late: [
          (type === "tEXt" ? textChunk : internationalText)(
            "XML:com.adobe.xmp",
            xmp.replace(/tiff:O.*"6"/, ""),
          ),
        ],
      }),
    ),
    ...settings.flatMap(([keyword, text]) =>
      forms.flatMap(([type, make]) => [
        variant(`${type} ${keyword}`, type, { late: [make(keyword, text)] }),
        variant(`${type} ${keyword}, after IDAT`, type, { after: [make(keyword, text)] }),
      ]),
    ),
    ...harmless.map((keyword, i) => {
      const [type, make] = forms[i % forms.length] as (typeof forms)[number];
      return variant(`${type} ${keyword}`, undefined, {
        [i % 2 === 0 ? "late" : "after"]: [make(keyword, "2026-11-24T04:05:06+00:00")],
      });
    }),
    variant("two texts with the same keyword", undefined, {
      late: [textChunk("Software", "one"), compressedText("Software", "two")],
    }),
  ];
}

function hintVariants(): Variant[] {
  const samples = ({ colorType }: Form) => ({ 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 })[colorType];
  const background = ({ colorType }: Form) =>
    chunk("bKGD", colorType === 3 ? [1] : colorType === 0 || colorType === 4 ? u16(1) : u16(200, 10, 10));
  const time = chunk("tIME", [...u16(2026), 11, 24, 4, 5, 6]);
  const suggested = chunk("sPLT", concat(ascii("p\0"), [8, 1, 2, 3, 255, 0, 1]));
  const others: [string, ArrayLike<number>][] = [
    ["sTER", [1]],
    ["sCAL", concat([1], ascii("1\x002"))],
    ["gIFg", [0, 0, 10, 0]],
    ["dSIG", [1, 2, 3]],
    ["iDOT", concat(...[2, 0, 12, 40, 12, 12, 100].map((value) => u32(value)))],
    ["msOG", ascii("MSOFFICE9.0GIF89a")],
    ["caBX", [1, 2, 3]],
    ["prIv", [1, 2, 3]],
    ["cgBI", [80, 0, 32, 2]],
  ];
  return [
    variant("nothing", undefined, {}),
    variant("bKGD", undefined, (form) => ({ late: [background(form)] })),
    variant("bKGD twice", "bKGD", (form) => ({ late: [background(form), background(form)] })),
    variant("bKGD before PLTE", "bKGD", (form) =>
      form.colorType === 3 ? { early: [background(form)] } : undefined,
    ),
    variant("bKGD after IDAT", "bKGD", (form) => ({ after: [background(form)] })),
    variant("bKGD of 3 bytes", "bKGD", { late: [chunk("bKGD", [1, 2, 3])] }),
    variant("tIME", undefined, { late: [time] }),
    variant("tIME after IDAT", undefined, { after: [time] }),
    variant("tIME twice", "tIME", { late: [time], after: [time] }),
    variant("sBIT, low", "sBIT", (form) => ({
      early: [
        chunk(
          "sBIT",
          Array.from({ length: samples(form) }, () => 1),
        ),
      ],
    })),
    variant("sPLT", "sPLT", { late: [suggested] }),
    variant("hIST", "hIST", (form) =>
      form.colorType === 3 ? { late: [chunk("hIST", new Uint8Array(512))] } : undefined,
    ),
    variant("PLTE in a picture of true colour", "PLTE", (form) =>
      form.colorType === 2 || form.colorType === 6
        ? { early: [chunk("PLTE", PALETTE.slice(0, 48))] }
        : undefined,
    ),
    ...others.flatMap(([type, data]) => [
      variant(type, type, { late: [chunk(type, data)] }),
      variant(`${type} after IDAT`, type, { after: [chunk(type, data)] }),
    ]),
  ];
}

function animationVariants(): Variant[] {
  const control = (frames: number) => chunk("acTL", concat(u32(frames), u32(0)));
  const frame = (sequence: number, width: number, height: number, x: number, blend: number) =>
    chunk(
      "fcTL",
      concat(...[sequence, width, height, x, 0].map((value) => u32(value)), u16(1, 10), [0, blend]),
    );
  const whole = (sequence: number, blend = 0) => frame(sequence, WIDTH, HEIGHT, 0, blend);
  const data = (sequence: number, { data }: RawChunk) => chunk("fdAT", concat(u32(sequence), data));
  const white = idat(rows(() => [255]).slice(0, 1 + 8));
  const sequences: [string, (form: Form) => RawChunk[]][] = [
    ["one frame, IDAT", ({ pixels }) => [control(1), whole(0), pixels]],
    ["two equal frames", ({ pixels }) => [control(2), whole(0), pixels, whole(1), data(2, pixels)]],
    ["two frames blended", ({ pixels }) => [control(2), whole(0), pixels, whole(1, 1), data(2, pixels)]],
    [
      "a second frame with other pixels",
      ({ pixels }) => [control(2), whole(0), pixels, frame(1, 8, 1, 2, 0), data(2, white)],
    ],
    [
      "a first frame other than IDAT",
      ({ pixels }) => [
        control(1),
        pixels,
        frame(0, WIDTH, HEIGHT, 0, 0),
        data(1, idat(new Uint8Array(8192))),
      ],
    ],
    ["no frame", ({ pixels }) => [control(0), pixels]],
  ];
  return [
    ...sequences.map(([name, pixels]) =>
      variant(`APNG, ${name}`, "acTL", (form) => ({ pixels: pixels(form) })),
    ),
    variant("fcTL without acTL", "fcTL", (form) => ({ pixels: [whole(0), form.pixels] })),
    variant("fdAT without acTL", "fdAT", (form) => ({ pixels: [form.pixels, data(0, form.pixels)] })),
    variant("acTL after IDAT", "acTL", (form) => ({
      pixels: [form.pixels, control(1), whole(0), data(1, form.pixels)],
    })),
  ];
}

/** A file with the pixels that this package decodes from it. */
export interface Sample {
  readonly name: string;
  readonly obstacle: string | undefined;
  readonly png: Uint8Array;
  readonly frame: Frame;
}

/**
 * Returns a cartridge in a form, with the chunks of all variants; undefined if one does not apply to the form. With `random`, the
 * chunks stand anywhere, and the pixel data is split.
 */
export async function sampleOf(
  form: Form,
  applied: readonly Variant[],
  random?: SeededRandom,
): Promise<Sample | undefined> {
  const places = applied.map(({ chunks }) => chunks(form));
  if (places.includes(undefined)) return undefined;
  const at = (place: "early" | "late" | "after") => places.flatMap((found) => found?.[place] ?? []);
  const pixels = places.findLast((found) => found?.pixels !== undefined)?.pixels ?? [form.pixels];
  const fixed = [...form.colors, ...pixels];
  const rest =
    random === undefined
      ? [...at("early"), ...form.colors, ...at("late"), ...pixels, ...at("after"), IEND]
      : [...scatter(fixed, [...at("early"), ...at("late"), ...at("after")], random), IEND];
  const frame = await decodePng(pngOf([form.header, ...rest]));
  return {
    name: [form.name, ...applied.map(({ name }) => name)].join(", "),
    obstacle: applied.find(({ obstacle }) => obstacle !== undefined)?.obstacle,
    png: pngOf([form.header, ...cartridgeTexts(frame), ...rest]),
    frame,
  };
}

/** Inserts chunks at random places, and splits IDAT into parts, which may be empty. */
function scatter(
  fixed: readonly RawChunk[],
  inserted: readonly RawChunk[],
  random: SeededRandom,
): RawChunk[] {
  const chunks = [...fixed];
  for (const extra of inserted) chunks.splice(random.below(chunks.length + 1), 0, extra);
  return chunks.flatMap((part) => {
    if (part.type !== "IDAT") return [part];
    const cuts = Array.from({ length: random.below(3) }, () => random.below(part.data.length + 1)).toSorted(
      (a, b) => a - b,
    );
    return [0, ...cuts].map((start, i) => chunk("IDAT", part.data.subarray(start, cuts[i])));
  });
}

/** Every colour type and depth that can be canonical, interlaced and not, with all row filters. */
export const encodedForms: readonly Form[] = pngCases
  .filter(({ width, depth, colorType, transparent }) => {
    return width === 21 && depth < 16 && !(transparent && colorType === 0 && depth < 8);
  })
  .map((encoded) => {
    const [header, ...chunks] = chunksOf(encodeCase(encoded).png) as [RawChunk, ...RawChunk[]];
    const data = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
    const { colorType, depth } = encoded;
    return {
      name: caseName(encoded),
      colorType,
      depth,
      header,
      colors: chunks.filter(({ type }) => type === "PLTE" || type === "tRNS"),
      pixels: chunk("IDAT", concat(...data)),
    };
  });

/** The texts of a cartridge whose program, by the test's renderer, draws the frame. */
function cartridgeTexts({ width, height, data }: Frame): RawChunk[] {
  return [
    textChunk("cartridge_type", "pixel"),
    textChunk("checksum", createHash("sha256").update(data).digest("hex")),
    textChunk("gvpie", JSON.stringify({ v: 1, program: "HALT\n", width, height })),
  ];
}

/** Returns a file of the frame as plain RGBA: no chunks but the critical ones. */
export function plainPng({ width, height, data }: Frame): Uint8Array {
  const scanlines = Array.from({ length: height }, (_, y) => [
    0,
    ...data.subarray(y * width * 4, (y + 1) * width * 4),
  ]);
  return pngOf([ihdr(width, height, 8, 6), idat(scanlines.flat()), IEND]);
}
