import { platform } from "#platform";
import { type ClaimedAnimation, findAnimationObstacles } from "./canonical-animation.ts";
import { CHUNK_HEADER, CHUNK_OVERHEAD, SIGNATURE_BYTES } from "./chunk.ts";
import { checkPixelData } from "./canonical-stream.ts";
import { GREY, GREY_ALPHA, type Header, INDEXED } from "./header.ts";
import { maxDeflatedBytes, MAX_DEFLATE_RATIO } from "./inflate.ts";
import type { Structure } from "./structure.ts";
import { isKeyword, keywordOf, quote } from "./text.ts";
import type { DisplayObstacle, Frame } from "./types.ts";

/** The chunks that are checked together if the record states an animation. */
const ANIMATION_CHUNKS: ReadonlySet<string> = new Set(["acTL", "fcTL", "fdAT"]);
/** The most obstacles that are listed. */
const MAX_OBSTACLES = 16;
/** The most chunks besides IDAT that are looked at: no encoder writes more, and each costs time. */
const MAX_CHUNKS = 65_536;
const XMP_KEYWORD = "XML:com.adobe.xmp";
/** The longest compressed text, inflated, and the most bytes of all texts together, with which Pillow shows a file. */
const [MAX_INFLATED_TEXT, MAX_TEXTS] = [1_048_576, 67_108_864] as const;
/** The most compressed texts that are inflated for their length. Short ones cannot exceed it. */
const MAX_LONG_TEXTS = 8;
/** `IDAT` as a big-endian word. */
const IDAT = 0x49444154;

/** The gamma of sRGB in PNG, 1/2.2, times 100,000. */
const SRGB_GAMMA = 45_455;
/** The white point and the primaries of sRGB, times 100,000 (PNG 3rd ed. §11.3.2.1). */
const SRGB_CHROMATICITIES = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000] as const;

/**
 * The eXIf chunk that sharp writes when it keeps metadata, in hex: an orientation of 1, and zeros for the resolution, in 16 bytes
 * from byte 86, and for the size of the picture, in 4 bytes from bytes 160 and 172.
 */
const SHARP_EXIF =
  "49492a000800000006001201030001000000010000001a01050001000000560000001b010500010000005e00000028010300010000000200" +
  "0000130203000100000001000000698704000100000066000000000000000000000000000000000000000000000006000090070004000000" +
  "3032313001910700040000000102030000a00700040000003031303001a0030001000000ffff000002a00400010000000000000003a00400" +
  "010000000000000000000000";
/** The SHA-256 of the profile of sRGB that sharp writes, of `SHARP_PROFILE_BYTES`. */
const SHARP_PROFILE = "c56e1685d888f5edb92fe07f2750f387f8fe8e91b32ff8fb0b56bfbbb9458353";
const SHARP_PROFILE_BYTES = 480;

/** The effect of each chunk that is never canonical. docs/cartridge.md has the reasoning. */
const EFFECTS: Readonly<Record<string, string>> = {
  acTL: "it makes the picture an animation, of which the record does not know",
  fcTL: "it is a frame of an animation, of which the record does not know",
  fdAT: "it holds other pixels: a frame of an animation, of which the record does not know",
  cICP: "its colour space changes the displayed colours",
  mDCv: "its mastering display changes the displayed colours",
  cLLi: "its light level changes the displayed colours",
  sBIT: "its significant bits change the samples that viewers keep",
  sPLT: "its suggested palette replaces colours in viewers",
  hIST: "its histogram selects the colours that viewers keep",
  oFFs: "its offset moves the picture in viewers",
  vpAg: "its virtual page moves or extends the picture in viewers",
  caNv: "its virtual canvas moves or extends the picture in viewers",
  orNT: "its orientation turns or mirrors the picture in viewers",
  iDOT: "its offsets make some viewers read the pixel data in parts, with other results",
};

/** The chunks read so far. */
interface Seen {
  readonly header: Header;
  /** The offset of the last chunk of each type; of IDAT, of the first. */
  readonly offsets: Map<string, number>;
  paletteEntries: number;
  /** Bytes of all texts, inflated; of short compressed texts, the most that they can have. */
  textBytes: number;
  /** Compressed texts that had to be inflated for their length. */
  longTexts: number;
}

/** The reason why a chunk is not canonical; undefined if it is canonical. */
type Finding = string | undefined;
type Check = (data: Uint8Array, seen: Seen, type: string) => Finding | Promise<Finding>;

/** Names a chunk of a wrong length; its value would say nothing. */
function wrongLength(data: Uint8Array, expected: number): string | undefined {
  return data.length === expected
    ? undefined
    : `expected ${expected} byte${expected === 1 ? "" : "s"}, got ${data.length}: viewers disagree on whether to use it`;
}

function words(data: Uint8Array): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Array.from({ length: data.length >> 2 }, (_, i) => view.getUint32(i * 4));
}

/** Viewers keep the high byte of 16-bit samples, round them, or clip them. */
function checkHeader(_: Uint8Array, { header }: Seen): string | undefined {
  return header.depth === 16 ? "viewers convert its 16-bit samples to 8 bits in different ways" : undefined;
}

function checkPalette(data: Uint8Array, seen: Seen): string | undefined {
  seen.paletteEntries = data.length / 3;
  return seen.header.colorType === INDEXED
    ? undefined
    : "it suggests a palette for a picture of true colour, which viewers may apply";
}

function checkTransparency(data: Uint8Array, { header }: Seen): string | undefined {
  const { colorType, depth } = header;
  if (colorType === INDEXED) return undefined;
  if (colorType === GREY && depth < 8) {
    return "viewers compare its grey value with samples of 8 bits, and so make other pixels transparent";
  }
  // The high bytes; in a picture of 16 bits, IHDR is the obstacle.
  return depth === 8 && data.some((byte, i) => i % 2 === 0 && byte !== 0)
    ? "its colour exceeds the depth of the samples, and viewers disagree on the bits to compare"
    : undefined;
}

function checkGamma(data: Uint8Array): string | undefined {
  const [gamma] = words(data);
  if (data.length !== 4) return wrongLength(data, 4);
  return gamma === SRGB_GAMMA
    ? undefined
    : `expected a gamma of ${SRGB_GAMMA}, that of sRGB, got ${gamma}: it changes the displayed colours`;
}

function checkChromaticities(data: Uint8Array): string | undefined {
  if (data.length !== 32) return wrongLength(data, 32);
  const values = words(data);
  return SRGB_CHROMATICITIES.every((value, i) => values[i] === value)
    ? undefined
    : "expected the chromaticities of sRGB, got others: they change the displayed colours";
}

function checkIntent(data: Uint8Array): string | undefined {
  if (data.length !== 1) return wrongLength(data, 1);
  return data[0] === 0
    ? undefined
    : `expected the rendering intent 0, perceptual, got ${data[0]}: others may change the displayed colours`;
}

function checkBackground(data: Uint8Array, { header, paletteEntries }: Seen): string | undefined {
  const { colorType, depth } = header;
  const expected = colorType === INDEXED ? 1 : colorType === GREY || colorType === GREY_ALPHA ? 2 : 6;
  const isInRange =
    colorType === INDEXED
      ? (data[0] as number) < paletteEntries
      : data.every((byte, i) => byte >> (i % 2 === 0 ? Math.max(0, depth - 8) : Math.min(8, depth)) === 0);
  return data.length === expected && isInRange
    ? undefined
    : "its length or a value is invalid, and some viewers do not show the file";
}

function checkDensity(data: Uint8Array): string | undefined {
  if (data.length !== 9) return wrongLength(data, 9);
  const [x, y] = words(data.subarray(0, 8));
  const unit = data[8] as number;
  if (unit > 1) return `expected the unit 0 or 1, got ${unit}: viewers disagree on whether to use it`;
  return x === y && x !== 0
    ? undefined
    : `expected square pixels, got ${x} × ${y} per unit: viewers stretch the picture`;
}

function checkTime(data: Uint8Array): string | undefined {
  return wrongLength(data, 7);
}

/** Parsers of Exif differ in what they find, so that only one form is known to be harmless. */
function checkExif(data: Uint8Array, { header }: Seen): Finding {
  if (data.length * 2 === SHARP_EXIF.length) {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const isSize = view.getUint32(160, true) === header.width && view.getUint32(172, true) === header.height;
    const rest = Uint8Array.from(data).fill(0, 86, 102).fill(0, 160, 164).fill(0, 172, 176);
    const hex = Array.from(rest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (isSize && hex === SHARP_EXIF) return undefined;
  }
  return "its orientation turns or mirrors the picture in viewers";
}

async function checkProfile(data: Uint8Array): Promise<Finding> {
  const name = data.indexOf(0);
  try {
    const profile = platform.inflateSync(data.subarray(name + 2), SHARP_PROFILE_BYTES);
    if (data[name + 1] === 0 && (await platform.sha256(profile)) === SHARP_PROFILE) return undefined;
  } catch {
    // Longer than the known profile, or damaged.
  }
  return "its colour profile changes the displayed colours";
}

/**
 * Keywords of texts that programs interpret, in lower case. ImageMagick sets the attribute of the image that has this name;
 * Pillow takes some of its image information from texts.
 */
const INTERPRETED: ReadonlySet<string> = new Set(
  (
    "alpha background bbox blue-primary colorspace compose delay density depth dispose dpi exif gamma green-primary " +
    "icc_profile intent interlace matte mattecolor orientation page profile red-primary rendering-intent tile-offset transparency " +
    "transparent-color type white-point xmp"
  ).split(" "),
);

/** True if the bytes contain the text, in ASCII. */
function contains(data: Uint8Array, text: string): boolean {
  const first = text.charCodeAt(0);
  for (let at = data.indexOf(first); at >= 0; at = data.indexOf(first, at + 1)) {
    let i = 1;
    while (i < text.length && data[at + i] === text.charCodeAt(i)) i++;
    if (i === text.length) return true;
  }
  return false;
}

/**
 * XMP can turn the picture. Without the name of that property, in any prefix, it is harmless; in another encoding or compressed,
 * it is not looked into.
 */
function checkXmp(data: Uint8Array, type: string): string | undefined {
  const isPlain = type === "tEXt" || (type === "iTXt" && data[XMP_KEYWORD.length + 1] === 0);
  return isPlain && !contains(data, "rientation") && !contains(data.subarray(XMP_KEYWORD.length + 6), "\0")
    ? undefined
    : "its XMP metadata can hold an orientation, by which viewers turn or mirror the picture";
}

/** Returns the zlib stream of a text; undefined if the text is not compressed. */
function compressedText(data: Uint8Array, keyword: string, type: string): Uint8Array | undefined {
  const start = keyword.length + 2;
  if (type === "zTXt") return data.subarray(start);
  if (type !== "iTXt" || data[start - 1] !== 1) return undefined;
  // After the method, a language tag and a translated keyword.
  const tag = data.indexOf(0, start + 1);
  const translated = tag < 0 ? -1 : data.indexOf(0, tag + 1);
  return translated < 0 ? undefined : data.subarray(translated + 1);
}

/**
 * Pillow does not show a file with a text that is compressed by an unknown method, or with too long texts. A text whose
 * stream is so short that it cannot be too long is not inflated.
 */
function checkTextLength(data: Uint8Array, seen: Seen, keyword: string, type: string): string | undefined {
  const stream = compressedText(data, keyword, type);
  if (stream === undefined) {
    seen.textBytes += data.length;
  } else {
    const method = data[keyword.length + 1];
    if (type === "zTXt" && method !== undefined && method !== 0) {
      return `expected the compression method 0, got ${method}: some viewers do not show the file`;
    }
    const tooLong = `it inflates to more than ${MAX_INFLATED_TEXT} bytes, and some viewers do not show the file`;
    let most = stream.length * MAX_DEFLATE_RATIO;
    if (most > MAX_INFLATED_TEXT) {
      if (stream.length > maxDeflatedBytes(MAX_INFLATED_TEXT)) return tooLong;
      if (++seen.longTexts > MAX_LONG_TEXTS) {
        return `expected at most ${MAX_LONG_TEXTS} long compressed texts, got more: some viewers do not show the file`;
      }
      most = MAX_INFLATED_TEXT;
      try {
        most = platform.inflateSync(stream, MAX_INFLATED_TEXT).length;
      } catch (error) {
        if (error instanceof RangeError) return tooLong;
        // Damaged: viewers take it for empty.
      }
    }
    seen.textBytes += most;
  }
  return seen.textBytes > MAX_TEXTS
    ? `with it, the texts can have more than ${MAX_TEXTS} bytes, and some viewers do not show the file`
    : undefined;
}

/**
 * A keyword with a colon is an internal name, such as `exif:Orientation`. Only the dates of ImageMagick, and the names that file
 * managers give to their thumbnails, are known to be harmless.
 */
function checkText(data: Uint8Array, seen: Seen, type: string): string | undefined {
  const keyword = keywordOf(data);
  if (keyword === XMP_KEYWORD) return checkXmp(data, type);
  if (!isKeyword(keyword)) return "its keyword is invalid, and viewers disagree on whether to read the file";
  const name = keyword.toLowerCase();
  const isInternal = name.includes(":") && !/^(?:date:(?:create|modify|timestamp)$|thumb::)/.test(name);
  return isInternal || name.startsWith("raw profile type ") || INTERPRETED.has(name)
    ? `viewers take properties of the picture, such as its orientation or colours, from a text named ${quote(keyword)}`
    : checkTextLength(data, seen, keyword, type);
}

/** The closed list: the chunks that can be canonical, with the check of their form. */
const CHECKS: Readonly<Record<string, Check>> = {
  IHDR: checkHeader,
  PLTE: checkPalette,
  tRNS: checkTransparency,
  IEND: () => undefined,
  tEXt: checkText,
  zTXt: checkText,
  iTXt: checkText,
  tIME: checkTime,
  pHYs: checkDensity,
  gAMA: checkGamma,
  cHRM: checkChromaticities,
  sRGB: checkIntent,
  bKGD: checkBackground,
  eXIf: checkExif,
  iCCP: checkProfile,
};

/** The chunks that PNG allows once, and that must stand before the given ones (PNG 3rd ed. §5.6). */
const ONCE_BEFORE: Readonly<Record<string, readonly string[]>> = {
  tIME: [],
  pHYs: ["IDAT"],
  gAMA: ["PLTE", "IDAT"],
  cHRM: ["PLTE", "IDAT"],
  sRGB: ["PLTE", "IDAT"],
  bKGD: ["IDAT"],
  eXIf: ["IDAT"],
  iCCP: ["PLTE", "IDAT"],
};

function checkChunk(type: string, data: Uint8Array, seen: Seen): Finding | Promise<Finding> {
  const check = Object.hasOwn(CHECKS, type) ? CHECKS[type] : undefined;
  if (check === undefined) {
    return Object.hasOwn(EFFECTS, type)
      ? EFFECTS[type]
      : "it is not in the list of chunks whose effect on the display is known";
  }
  const later = ONCE_BEFORE[type];
  if (later !== undefined && seen.offsets.has(type)) {
    return "it occurs twice, and viewers disagree on the one to use";
  }
  const passed = later?.find((other) => seen.offsets.has(other));
  if (passed !== undefined) return `it stands after ${passed}, and viewers disagree on whether to use it`;
  return check(data, seen, type);
}

/** The chunks of a file that matter to its display. */
export interface DisplayChunks {
  /** The chunks that can change the display, in file order, up to 16. */
  readonly obstacles: readonly DisplayObstacle[];
  /** The chunks that change shades in a viewer, but are accepted, because common programs write them by default. */
  readonly remarks: readonly DisplayObstacle[];
}

/**
 * Finds the chunks that can change the display of the picture: those outside the closed list of docs/cartridge.md, and those
 * in another form. A file without obstacles is canonical. `structure` is that of `bytes`, and `animation` its animation if the
 * record states one.
 */
export async function findDisplayChunks(
  bytes: Uint8Array,
  structure: Structure,
  frame: Frame,
  animation: ClaimedAnimation | undefined,
): Promise<DisplayChunks> {
  const { header } = structure;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const seen: Seen = { header, offsets: new Map(), paletteEntries: 0, textBytes: 0, longTexts: 0 };
  const obstacles: DisplayObstacle[] = [];
  let count = 0;
  let length = 0;
  for (let offset: number = SIGNATURE_BYTES; offset < bytes.length; offset += CHUNK_OVERHEAD + length) {
    length = view.getUint32(offset);
    // A file may hold millions of them.
    if (view.getUint32(offset + 4) === IDAT) {
      if (length > 0 && !seen.offsets.has("IDAT")) {
        seen.offsets.set("IDAT", offset);
        const reason = checkPixelData(structure);
        if (reason !== undefined) obstacles.push({ chunk: "IDAT", offset, reason });
      }
      continue;
    }
    const start = offset + CHUNK_HEADER;
    const type = String.fromCharCode(...bytes.subarray(offset + 4, start));
    if (animation !== undefined && ANIMATION_CHUNKS.has(type)) continue;
    const found =
      ++count > MAX_CHUNKS
        ? `expected at most ${MAX_CHUNKS} chunks besides IDAT, got more`
        : checkChunk(type, bytes.subarray(start, start + length), seen);
    const reason = found instanceof Promise ? await found : found;
    seen.offsets.set(type, offset);
    if (reason !== undefined) obstacles.push({ chunk: type, offset, reason });
    if (obstacles.length === MAX_OBSTACLES || count > MAX_CHUNKS) break;
  }
  if (animation !== undefined) {
    obstacles.push(...findAnimationObstacles(structure, animation, MAX_OBSTACLES));
    obstacles.sort((a, b) => a.offset - b.offset).splice(MAX_OBSTACLES);
  }
  return { obstacles, remarks: findRemarks(seen, frame) };
}

/** True if a gamma of 1/2.2 and the transfer function of sRGB show this byte alike. */
function isSameShade(byte: number): boolean {
  return byte === 0 || (byte >= 90 && byte <= 111) || byte >= 239;
}

/**
 * ImageMagick writes the gAMA and cHRM of sRGB, but not sRGB. Chromium takes that for a gamma of exactly 1/2.2, and shows dark
 * and middle channels up to 9 of 255 levels off, in the same order of brightness.
 */
function findRemarks({ offsets }: Seen, { data }: Frame): readonly DisplayObstacle[] {
  const offset = offsets.get("gAMA");
  if (offset === undefined || !offsets.has("cHRM") || offsets.has("sRGB")) return [];
  let i = 0;
  while (i < data.length && (i % 4 === 3 || isSameShade(data[i] as number))) i++;
  if (i === data.length) return [];
  const reason = "with cHRM and without sRGB, it makes Chromium show some shades up to 9 of 255 levels off";
  return [{ chunk: "gAMA", offset, reason }];
}
