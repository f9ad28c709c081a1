import type { SeededRandom } from "@gvpie/testing";
import { deflateSync, inflateSync } from "node:zlib";
import { type LooseChunk, readChunks, writeChunks } from "./mutate-png.ts";

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");
const textIn = ({ type, data }: LooseChunk): string => Buffer.concat([type, data]).toString("latin1");
const isType = ({ type }: LooseChunk, name: string): boolean => Buffer.from(type).toString("latin1") === name;

/** Returns big-endian words. */
function words(...values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, i * 4);
  return bytes;
}

/** Chunks with which viewers show something, by type; some have no effect. */
const DISPLAY: readonly (readonly [string, (random: SeededRandom) => Uint8Array])[] = [
  ["acTL", () => words(1, 0)],
  ["fcTL", () => Buffer.concat([words(0, 12, 8, 0, 0), new Uint8Array(6)])],
  ["fdAT", () => Buffer.concat([words(1), deflateSync(new Uint8Array(99))])],
  [
    "eXIf",
    (random) =>
      latin1(`MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0${String.fromCharCode(random.below(9))}\0\0`),
  ],
  ["iCCP", () => Buffer.concat([latin1("x\0\0"), deflateSync(new Uint8Array(128))])],
  ["cICP", () => Uint8Array.of(9, 16, 0, 1)],
  ["gAMA", (random) => words(random.pick([45_455, 45_455, 45_454, 100_000, 0]))],
  [
    "cHRM",
    (random) =>
      words(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, random.pick([6_000, 6_000, 6_001])),
  ],
  ["sRGB", (random) => Uint8Array.of(random.pick([0, 0, 1, 4]))],
  ["bKGD", (random) => new Uint8Array(random.pick([1, 2, 6]))],
  ["pHYs", (random) => Buffer.concat([words(1, random.pick([1, 1, 2])), Uint8Array.of(random.below(3))])],
  ["tIME", () => Uint8Array.of(7, 234, 11, 27, 17, 6, 10)],
  ["sBIT", () => Uint8Array.of(5, 5, 5)],
  ["oFFs", () => Buffer.concat([words(3, 3), Uint8Array.of(0)])],
  ["tRNS", (random) => Uint8Array.from({ length: random.pick([1, 2, 6]) }, () => random.below(256))],
  ["PLTE", (random) => Uint8Array.from({ length: 3 * random.pick([1, 2, 4]) }, () => random.below(256))],
];

/** Records and parts of records on which readers disagree. */
const RECORD_CHANGES: readonly ((json: string, random: SeededRandom) => string)[] = [
  (json) => json.replace("{", '{"program":"CLEAR",'),
  (json) => json.replace(/\}$/, ',"\\u0070rogram":"CLEAR"}'),
  (json) => json.replace(/"width":(\d+)/, '"width":$1.0'),
  (json) =>
    json.replace(
      /"language":"\d"/,
      (found, _at: number, all: string) => `${found}${all.length % 2 ? "" : ',"language":"2"'}`,
    ),
  (json, random) => json.replace(/"language":"\d"/, `"language":"${random.pick(["2", "01", "1 ", "x"])}"`),
  (json, random) => json.replace("RECT", random.pick(["rect", "DISC", "\\u0052ECT"])),
  (json) => ` ${json}\n`,
  (json) => `${json}\0${json}`,
  (json, random) => json.replace(/\}$/, `,"limits":{"fuel":${random.pick([1, 9e9, 0, 1.5])}}}`),
];

type Change = (chunks: LooseChunk[], random: SeededRandom) => void;

/** Replaces a text by one in another form, or adds one, in any place. */
const changeText: Change = (chunks, random) => {
  const texts = chunks.filter((part) => textIn(part).startsWith("tEXt"));
  if (texts.length === 0) return;
  const record = texts.find((part) => textIn(part).startsWith("tEXtgvpie\0"));
  const text = record !== undefined && random.oneIn(2) ? record : random.pick(texts);
  const [keyword = "", ...rest] = Buffer.from(text.data).toString("latin1").split("\0");
  let content = rest.join("\0");
  if (keyword === "gvpie" && random.oneIn(2)) content = random.pick(RECORD_CHANGES)(content, random);
  if (keyword === "checksum" && random.oneIn(2)) {
    content = random.pick([content.toUpperCase(), `${content}0`, "md5:0"]);
  }
  const name = random.oneIn(4)
    ? random.pick([keyword.toUpperCase(), ` ${keyword}`, `${keyword}2`, "page", "Title"])
    : keyword;
  const form = random.pick(["tEXt", "tEXt", "zTXt", "iTXt"]);
  const body =
    form === "tEXt"
      ? latin1(content)
      : form === "zTXt"
        ? Buffer.concat([Uint8Array.of(0), deflateSync(latin1(content))])
        : latin1(`\0\0\0\0${content}`);
  const made = { type: latin1(form), data: Buffer.concat([latin1(`${name}\0`), body]) };
  if (!random.oneIn(4)) chunks.splice(chunks.indexOf(text), 1);
  chunks.splice(1 + random.below(chunks.length), 0, made);
};

const insertDisplay: Change = (chunks, random) => {
  const [type, make] = random.pick(DISPLAY);
  chunks.splice(1 + random.below(chunks.length), 0, { type: latin1(type), data: make(random) });
};

const moveChunk: Change = (chunks, random) => {
  const [moved] = chunks.splice(1 + random.below(chunks.length - 1), 1);
  if (moved) chunks.splice(1 + random.below(chunks.length), 0, moved);
};

/** Writes an RGBA picture in a form in which viewers keep all of its bits, or not. */
const changeForm: Change = (chunks, random) => {
  const [header] = chunks;
  const data = chunks.filter((part) => isType(part, "IDAT"));
  if (header?.data.length !== 13 || data.length !== 1 || header.data[8] !== 8 || header.data[9] !== 6) return;
  const width = Buffer.from(header.data).readUInt32BE(0);
  let rows: Buffer;
  try {
    rows = inflateSync((data[0] as LooseChunk).data, { maxOutputLength: 65_536 });
  } catch {
    return;
  }
  const depth = random.pick([8, 16]);
  const colorType = random.pick([0, 2, 4, 6]);
  const channels = { 0: [0], 2: [0, 1, 2], 4: [0, 3], 6: [0, 1, 2, 3] }[colorType as 0 | 2 | 4 | 6];
  const low = random.pick([0, 255]);
  const bytes: number[] = [];
  for (let at = 0; at + width * 4 < rows.length; at += width * 4 + 1) {
    if (rows[at] !== 0) return;
    bytes.push(0);
    for (let x = 0; x < width; x++) {
      for (const channel of channels) {
        bytes.push(rows[at + 1 + x * 4 + channel] as number);
        if (depth === 16) bytes.push(low);
      }
    }
  }
  const head = Buffer.from(header.data);
  head.set([depth, colorType], 8);
  chunks[0] = { type: header.type, data: head };
  const at = chunks.indexOf(data[0] as LooseChunk);
  chunks[at] = { type: latin1("IDAT"), data: deflateSync(Uint8Array.from(bytes)) };
  const isKeyed = (colorType === 0 || colorType === 2) && random.oneIn(2);
  const key = Uint8Array.from({ length: channels.length * 2 }, (_, i) =>
    i % 2 === 0 ? random.below(2) : random.pick([0, 64, 255]),
  );
  if (isKeyed) chunks.splice(at, 0, { type: latin1("tRNS"), data: key });
};

const CHANGES: readonly Change[] = [
  insertDisplay,
  insertDisplay,
  changeText,
  changeText,
  moveChunk,
  changeForm,
];

/** Changes a cartridge so that readers, or viewers, may disagree about it, and writes correct CRCs. */
export function mutateCartridge(input: Uint8Array, random: SeededRandom): Uint8Array {
  const chunks = readChunks(input);
  if (chunks.length < 3) return input;
  for (let i = 1 + random.below(3); i > 0; i--) random.pick(CHANGES)(chunks, random);
  return writeChunks(chunks);
}
