// The inputs of a cartridge's proof have a version: a program of language version 1 draws the same frame in every release.
import { OPCODES } from "@gvpie/pxl-parser";
import {
  DEFAULT_HEIGHT,
  DEFAULT_LIMITS,
  DEFAULT_WIDTH,
  formatColor,
  type RenderOptions,
} from "@gvpie/raster";
import { countOpcodes } from "@gvpie/raster/conformance";
import { renderProgram } from "@gvpie/raster-cpu";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const DOCS = new URL("../../../docs/", import.meta.url);
/** The SHA-256 of docs/language-1.json. A change of meaning needs a new version of the language and a new file. */
const SHA256 = "701dab9acdd972e6e552fb46f1f8ab61506aa1dcba1f8367fcb0c4b3ec051f8d";

interface Vector extends Pick<RenderOptions, "width" | "height" | "background" | "params"> {
  readonly name: string;
  readonly source: string;
  readonly sha256?: string;
  readonly error?: string;
}

const file = readFileSync(new URL("language-1.json", DOCS));
const published: {
  readonly language: string;
  readonly defaults: object;
  readonly programs: readonly Vector[];
} = JSON.parse(file.toString());

test("the published programs of language version 1 are frozen: their hash is the one in this test and in docs/language.md", () => {
  expect(createHash("sha256").update(file).digest("hex")).toBe(SHA256);
  expect(readFileSync(new URL("language.md", DOCS), "utf8")).toContain(SHA256);
  expect(published.language).toBe("1");
});

test("the defaults of a render are frozen: canvas, background and limits", () => {
  const [r = 0, g = 0, b = 0, a = 0] = renderProgram("").data;
  const background = formatColor(r | (g << 8) | (b << 16) | (a << 24));
  const defaults = { width: DEFAULT_WIDTH, height: DEFAULT_HEIGHT, background, limits: DEFAULT_LIMITS };
  expect(defaults).toEqual(published.defaults);
});

function outcomeOf({ source, width, height, background, params }: Vector): object {
  try {
    const { data } = renderProgram(source, { width, height, background, params });
    return { sha256: createHash("sha256").update(data).digest("hex") };
  } catch (error) {
    return { error: (error as { code?: string }).code };
  }
}

describe("draws the frozen frame, or fails with the frozen code", () => {
  test.each(published.programs.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const { sha256, error } = vector;
    expect(outcomeOf(vector)).toEqual(sha256 === undefined ? { error } : { sha256 });
  });
});

test("the frozen programs use every opcode", () => {
  const drawn = published.programs.filter(({ sha256 }) => sha256 !== undefined);
  const counts = countOpcodes(drawn.map(({ source }) => source));
  expect(OPCODES.filter(({ name, since }) => since === 1 && (counts.get(name) ?? 0) === 0)).toEqual([]);
});
