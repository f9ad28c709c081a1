import {
  CartridgeError,
  decodeCartridge,
  decodePng,
  encodeCartridge,
  encodePng,
  type Frame,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { chunksOf, pngOf, type RawChunk } from "./support/chunks.ts";
import { frameOf, frames, frameWithColors } from "./support/frames.ts";
import { encodeCase, pngCases } from "./support/png-encoder.ts";

const colorType = fc.constantFrom("auto" as const, "rgba" as const);
const params = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
);

test("decodePng(encodePng(frame)) equals frame", async () => {
  await fc.assert(
    fc.asyncProperty(frames, colorType, async (frame, colorType) => {
      expect(await decodePng(await encodePng(frame, { colorType }))).toEqual(frame);
    }),
    { numRuns: 400 },
  );
});

test("keeps every pixel of a mostly black frame at any alignment", async () => {
  const sparse = fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 5 }),
    offset: fc.nat(9),
    spots: fc.array(fc.record({ at: fc.nat(), word: fc.constantFrom(0xffffffff, 0xff0000ff, 0) }), {
      maxLength: 6,
    }),
  });
  await fc.assert(
    fc.asyncProperty(sparse, async ({ width, height, offset, spots }) => {
      const words = new Uint32Array(width * height).fill(0xff000000);
      for (const { at, word } of spots) words[at % words.length] = word;
      const data = new Uint8ClampedArray(words.byteLength + 9).subarray(offset, offset + words.byteLength);
      data.set(new Uint8Array(words.buffer));
      const decoded = await decodePng(await encodePng({ width, height, data }));
      expect(decoded).toEqual({ width, height, data: data.slice() });
    }),
    { numRuns: 600 },
  );
});

test("decodeCartridge(encodeCartridge(frame, options)) equals frame and options", async () => {
  const words = fc.record({
    program: fc.string({ unit: "grapheme", maxLength: 200 }),
    language: fc.constantFrom("1", "2", "17"),
    background: fc.string({ maxLength: 9 }),
    engine: fc.string({ maxLength: 20 }),
    params,
    createdAt: fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
  });
  await fc.assert(
    fc.asyncProperty(frames, words, async (frame, options) => {
      const { metadata, frame: decoded } = await decodeCartridge(await encodeCartridge(frame, options));
      const { program, language, background, engine, params, createdAt } = options;
      expect(decoded).toEqual(frame);
      expect(metadata.createdAt).toEqual(createdAt);
      expect(metadata.gvpie).toMatchObject({ program, language, background, engine });
      // JSON has no minus zero.
      const plain = JSON.parse(JSON.stringify(params)) as typeof params;
      expect(metadata.gvpie?.params).toEqual(plain);
    }),
    { numRuns: 200 },
  );
});

test("reports one altered bit as checksum-mismatch in every form", async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.nat(), fc.nat(7), colorType, async (frame, at, bit, colorType) => {
      const data = frame.data.slice();
      data[at % data.length] = (data[at % data.length] as number) ^ (1 << bit);
      const altered: Frame = { ...frame, data };
      const texts = chunksOf(await encodeCartridge(frame, { program: "HALT", language: "1" })).filter(
        ({ type }) => type === "tEXt",
      );
      const [header, ...rest] = chunksOf(await encodePng(altered, { colorType })) as [
        RawChunk,
        ...RawChunk[],
      ];
      const { status } = await verifyCartridge(pngOf([header, ...texts, ...rest]), { render: () => frame });
      expect(status).toBe("checksum-mismatch");
    }),
    { numRuns: 200 },
  );
});

/** Checks that every reader returns a result or throws a CartridgeError. */
async function decodesOrRejects(bytes: Uint8Array): Promise<void> {
  const limits = { pixels: 65_536 };
  const render = () => frameOf("#");
  const doors: (() => unknown)[] = [
    () => decodePng(bytes, { limits }),
    () => decodeCartridge(bytes, { limits }),
    () => readCartridgeMetadata(bytes, { limits }),
    () => verifyCartridge(bytes, { limits, render }),
  ];
  for (const open of doors) {
    try {
      await open();
    } catch (error) {
      if (!(error instanceof CartridgeError)) throw error;
    }
  }
}

test("decodes or rejects any bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), decodesOrRejects), { numRuns: 500 });
});

async function seeds(): Promise<Uint8Array[]> {
  const createdAt = new Date(0);
  return [
    await encodeCartridge(frameOf(".#.#.", "#.#.#"), {
      program: "TXT 1 1 hi",
      language: "1",
      createdAt,
      params: { a: 1 },
    }),
    await encodeCartridge(frameWithColors(9, 99), { program: "#".repeat(60_000), createdAt, language: "1" }),
    await encodeCartridge(frameWithColors(300), { createdAt }),
    ...pngCases.filter((c) => c.width === 21).map((c) => encodeCase(c).png),
  ];
}

interface Edit {
  readonly kind: "set" | "insert" | "remove" | "copy";
  readonly at: number;
  readonly from: number;
  readonly length: number;
  readonly byte: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("set", "insert", "remove", "copy"),
  at: fc.nat(),
  from: fc.nat(),
  length: fc.integer({ min: 1, max: 24 }),
  byte: fc.nat(255),
});
const edits = fc.array(edit, { minLength: 1, maxLength: 4 });

function applyEdits<T>(items: readonly T[], edits: readonly Edit[], change: (item: T, edit: Edit) => T): T[] {
  let result = [...items];
  for (const e of edits) {
    const at = result.length === 0 ? 0 : e.at % result.length;
    const from = result.length === 0 ? 0 : e.from % result.length;
    const part = result.slice(from, from + e.length);
    if (e.kind === "set" && result.length > 0) {
      result[at] = change(result[at] as T, e);
    } else if (e.kind === "insert" && result.length > 0) {
      result.splice(at, 0, change(result[at] as T, e));
    } else if (e.kind === "remove") {
      result.splice(at, e.length);
    } else {
      result = result.toSpliced(at, 0, ...part);
    }
  }
  return result;
}

test("decodes or rejects a file with changed bytes", async () => {
  const files = await seeds();
  await fc.assert(
    fc.asyncProperty(fc.nat(), edits, (seed, edits) =>
      decodesOrRejects(
        Uint8Array.from(applyEdits([...(files[seed % files.length] as Uint8Array)], edits, (_, e) => e.byte)),
      ),
    ),
    { numRuns: 400 },
  );
});

test("decodes or rejects a file with changed chunks and valid CRCs", async () => {
  const files = (await seeds()).map(chunksOf);
  const changeData =
    (inner: readonly Edit[]) =>
    ({ type, data }: RawChunk): RawChunk => ({
      type,
      data: Uint8Array.from(applyEdits([...data], inner, (_, e) => e.byte)),
    });
  await fc.assert(
    fc.asyncProperty(fc.nat(), edits, edits, (seed, outer, inner) => {
      const chunks = files[seed % files.length] as RawChunk[];
      return decodesOrRejects(pngOf(applyEdits(chunks, outer, changeData(inner))));
    }),
    { numRuns: 1500 },
  );
});
