import { readFileSync } from "node:fs";

import { languageOf, OPCODES, OPERATORS } from "@gvpie/pxl-parser";
import { lowerProgram, KIND_GLYPHS, COMMAND_STRIDE, type Frame, type Rasterizer } from "@gvpie/raster";
import {
  assertConforms,
  assertSameFrame,
  countOpcodes,
  countOperators,
  frameToText,
  randomProgram,
  type RasterCase,
  rasterCases,
} from "@gvpie/raster/conformance";
import { describe, expect, test } from "vitest";

import { crc32 } from "../src/conformance/crc32.ts";
import { createReferenceRasterizer, renderReference } from "./support/reference.ts";

describe("the reference renderer, which shares no drawing code, passes every case", () => {
  const reference = createReferenceRasterizer();
  test.each(rasterCases)("$name", (c) => assertConforms(reference, c));
});

test("the cases of the first kit have not changed", () => {
  const checksums: Record<string, string> = JSON.parse(
    readFileSync(new URL("first-cases.json", import.meta.url), "utf8"),
  );
  const found = rasterCases
    .filter(({ name }) => name in checksums)
    .map((rasterCase) => [rasterCase.name, checksumOf(rasterCase)]);
  expect(Object.fromEntries(found)).toEqual(checksums);
});

const isVersion1 = (op: string): boolean => OPCODES.some(({ name, since }) => name === op && since === 1);

test("the cases use every opcode", () => {
  const valid = rasterCases.filter(({ expected }) => !("error" in expected));
  const counts = [...countOpcodes(valid.map(({ source }) => source))];
  console.log(`opcodes in ${valid.length} cases: ${counts.map((entry) => entry.join(" ")).join(", ")}`);
  expect(counts.filter(([name, count]) => isVersion1(name) && count === 0)).toEqual([]);
});

test("the cases use every operator", () => {
  const valid = rasterCases.filter(({ expected }) => !("error" in expected));
  const counts = [...countOperators(valid.map(({ source }) => source))];
  console.log(`operators in ${valid.length} cases: ${counts.map((entry) => entry.join(" ")).join(", ")}`);
  expect(counts.filter(([, count]) => count === 0)).toEqual([]);
});

test("cases of the first kit are programs of version 1", () => {
  const names = Object.keys(
    JSON.parse(readFileSync(new URL("first-cases.json", import.meta.url), "utf8")) as object,
  );
  const cases = rasterCases.filter(({ name, expected }) => names.includes(name) && !("error" in expected));
  expect(cases.filter(({ source }) => languageOf(source) !== "1")).toEqual([]);
});

test("names of cases are unique", () => {
  expect(new Set(rasterCases.map(({ name }) => name)).size).toBe(rasterCases.length);
});

describe("assertConforms rejects a rasteriser with a fault", () => {
  const faults: Record<string, (frame: Frame, reused: boolean) => Frame> = {
    "one pixel inverted": (frame) => {
      frame.data[frame.data.length - 4] = 255 - (frame.data.at(-4) ?? 0);
      return frame;
    },
    "alpha forgotten": (frame) => {
      frame.data[3] = 7;
      return frame;
    },
    "width and height swapped": ({ width, height, data }) => ({ width: height, height: width, data }),
    "a fresh buffer in place of `into`": ({ width, height, data }) => ({ width, height, data: data.slice() }),
    "`into` left as it was": (frame, reused) => {
      if (reused) frame.data.fill(0xa5);
      return frame;
    },
    "a byte written before `into`": (frame, reused) => {
      if (reused) new Uint8ClampedArray(frame.data.buffer)[0] = 1;
      return frame;
    },
  };
  const shown = rasterCases.find(({ name }) => name === "a rectangle is half-open");
  if (shown === undefined) throw new Error("expected that case, got none");

  test.each(Object.entries(faults))("%s", async (_, spoil) => {
    const faulty: Rasterizer = {
      ...createReferenceRasterizer(),
      render: async (program, options) =>
        spoil(await createReferenceRasterizer().render(program, options), options?.into !== undefined),
    };
    await expect(assertConforms(faulty, shown)).rejects.toThrow(shown.name);
  });

  test("the message shows both pictures", async () => {
    const shifted: Rasterizer = {
      ...createReferenceRasterizer(),
      render: (_, options) => createReferenceRasterizer().render("RECT 0 1 2 1", options),
    };
    const failure = await assertConforms(shifted, shown).catch((error: Error) => error.message);
    expect(failure).toBe(
      [
        "a rectangle is half-open: the first wrong pixel, at x 0, y 1, is #ffffffff",
        "expected  found",
        "....      ....",
        ".##.      ##..",
        "....      ....",
      ].join("\n"),
    );
  });

  test("rejects a frame or another error in place of the expected error", async () => {
    const refusal = rasterCases.find(({ expected }) => "error" in expected);
    if (refusal === undefined) throw new Error("expected a case with an error, got none");
    const reference = createReferenceRasterizer();
    const accepting = { ...reference, render: () => reference.render("") };
    await expect(assertConforms(accepting, refusal)).rejects.toThrow(
      "expected RASTER_BAD_CANVAS, got a frame",
    );
    const failing = { ...reference, render: () => Promise.reject(new Error("no")) };
    await expect(assertConforms(failing, refusal)).rejects.toThrow("an error without a code: Error: no");
  });

  test("the message for a large frame names both checksums", async () => {
    const large = rasterCases.find(({ expected }) => "crc32" in expected);
    if (large === undefined) throw new Error("expected a large case, got none");
    const reference = createReferenceRasterizer();
    const blank: Rasterizer = { ...reference, render: (_, options) => reference.render("", options) };
    await expect(assertConforms(blank, large)).rejects.toThrow(
      /expected a frame with CRC-32 [0-9a-f]{8}, got [0-9a-f]{8}/,
    );
  });
});

describe("assertSameFrame", () => {
  const expected = renderReference("RECT 1 0 2 1", { width: 4, height: 1, background: "#123" });

  test("accepts equal frames", () => {
    assertSameFrame(structuredClone(expected), expected, "equal");
  });

  test("counts the pixels that differ and shows them", () => {
    const found = renderReference("RECT 0 0 2 1", { width: 4, height: 1, background: "#123" });
    expect(() => assertSameFrame(found, expected, "seed 3")).toThrow(
      "seed 3: 2 pixels differ, the first at x 0, y 0: expected #112233ff, got #ffffffff\nexpected  found\n.##.      ##..",
    );
  });

  test("names the sizes if they differ", () => {
    const found = renderReference("", { width: 4, height: 2 });
    expect(() => assertSameFrame(found, expected, "size")).toThrow("size: expected a frame of 4×1, got 4×2");
  });
});

test("frameToText writes one character per pixel, and ? for a colour without one", () => {
  const frame = {
    width: 3,
    height: 1,
    data: Uint8ClampedArray.of(0, 0, 0, 255, 255, 255, 255, 255, 1, 2, 3, 4),
  };
  expect(frameToText(frame)).toEqual([".#?"]);
  expect(frameToText(frame, { x: "#01020304" })).toEqual(["??x"]);
});

test("crc32 equals the CRC-32 of zip", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe("cbf43926");
  expect(crc32(new Uint8Array(0))).toBe("00000000");
});

describe("randomProgram", () => {
  const programs = Array.from({ length: 400 }, (_, seed) => ({ seed, ...randomProgram(seed) }));

  test("gives the same program for the same seed and other programs for other seeds", () => {
    expect(randomProgram(77)).toEqual(randomProgram(77));
    expect(new Set(programs.map(({ source }) => source)).size).toBeGreaterThan(300);
  });

  test("uses every opcode often, and is always valid", () => {
    const counts = [...countOpcodes(programs.map(({ source }) => source))];
    console.log(
      `opcodes in ${programs.length} random programs: ${counts.map((entry) => entry.join(" ")).join(", ")}`,
    );
    expect(counts.map(([name]) => name)).toEqual(OPCODES.map(({ name }) => name));
    expect(counts.filter(([name, count]) => isVersion1(name) && count < 20)).toEqual([]);
  });

  test("uses every operator often", () => {
    const counts = [...countOperators(programs.map(({ source }) => source))];
    expect(counts.map(([name]) => name)).toEqual(OPERATORS.map(({ name }) => name));
    expect(counts.filter(([, count]) => count < 20)).toEqual([]);
  });

  test("is of version 1 for an even seed and of version 2 for an odd one, which mostly draws", () => {
    const languages = programs.map(({ source }) => languageOf(source));
    expect(languages).toEqual(programs.map(({ seed }) => (seed % 2 === 0 ? "1" : "2")));
    const lists = programs
      .filter(({ seed }) => seed % 2 === 1)
      .map(({ source, width, height, params }) => lowerProgram(source, { width, height, params }));
    expect(lists.filter(({ count }) => count === 0).length).toBeLessThan(lists.length / 3);
  });

  test("cuts shapes at every edge and at the given borders", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 1500; seed++) {
      const { source, ...options } = randomProgram(seed, { sides: [90], borders: [40] });
      const list = lowerProgram(source, options);
      for (let at = 0; at < list.count * COMMAND_STRIDE; at += COMMAND_STRIDE) {
        const [kind, , left = 0, top = 0, right = 0, bottom = 0, x = 0, y = 0] = list.commands.subarray(at);
        const name = kind === KIND_GLYPHS ? "text" : "rectangle";
        if (kind === KIND_GLYPHS && x < 0) seen.add("text cut left");
        if (kind === KIND_GLYPHS && y < 0) seen.add("text cut above");
        if (kind === KIND_GLYPHS && bottom === 90 && y + 7 > 90) seen.add("text cut below");
        if (right === 90) seen.add(`${name} reaches the right edge`);
        if (left < 40 && right > 40 && bottom === 41) seen.add(`${name} ends one row past the border`);
        if (bottom === 40) seen.add(`${name} ends at the border`);
        if (top === 39) seen.add(`${name} begins one row before the border`);
        if (left === 40) seen.add(`${name} begins at the border column`);
      }
    }
    expect([...seen].sort()).toEqual([
      "rectangle begins at the border column",
      "rectangle begins one row before the border",
      "rectangle ends at the border",
      "rectangle ends one row past the border",
      "rectangle reaches the right edge",
      "text begins at the border column",
      "text begins one row before the border",
      "text cut above",
      "text cut below",
      "text cut left",
      "text ends at the border",
      "text ends one row past the border",
      "text reaches the right edge",
    ]);
  });

  test("uses only the given sides", () => {
    const sizes = programs.map(({ seed }) => randomProgram(seed, { sides: [3, 9] }));
    expect(new Set(sizes.flatMap(({ width, height }) => [width, height]))).toEqual(new Set([3, 9]));
  });
});

/** Returns a checksum of all parts of a case. */
function checksumOf({ name, source, width, height, background, params, expected }: RasterCase): string {
  const said = [name, source, width, height, background ?? null, params ?? null, expected];
  return crc32(new TextEncoder().encode(JSON.stringify(said)));
}
