// The inputs of a cartridge's proof have a version: a program draws the same frame in every release that has its version.
import { OPCODES, OPERATORS } from "@gvpie/pxl-parser";
import {
  DEFAULT_HEIGHT,
  DEFAULT_LIMITS,
  DEFAULT_WIDTH,
  formatColor,
  type RenderOptions,
} from "@gvpie/raster";
import { countOpcodes, countOperators } from "@gvpie/raster/conformance";
import { renderProgram } from "@gvpie/raster-cpu";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const DOCS = new URL("../../../docs/", import.meta.url);
/** The SHA-256 of docs/language-….json. A change of meaning needs a new version of the language and a new file. */
const VERSIONS = [
  { language: "1", hash: "701dab9acdd972e6e552fb46f1f8ab61506aa1dcba1f8367fcb0c4b3ec051f8d" },
  { language: "2", hash: "faad1efcab9e1380197e8649ad2bb3edcac9bf28c1efa0abc6392e888145b62b" },
];

interface Vector extends Pick<RenderOptions, "width" | "height" | "background" | "params" | "frame"> {
  readonly name: string;
  readonly source: string;
  readonly sha256?: string;
  readonly error?: string;
}

interface Published {
  readonly language: string;
  readonly defaults: { readonly limits: object };
  readonly programs: readonly Vector[];
}

function outcomeOf({ source, width, height, background, params, frame }: Vector): object {
  try {
    const { data } = renderProgram(source, { width, height, background, params, frame });
    return { sha256: createHash("sha256").update(data).digest("hex") };
  } catch (error) {
    return { error: (error as { code?: string }).code };
  }
}

describe.each(VERSIONS)("language version $language", ({ language, hash }) => {
  const file = readFileSync(new URL(`language-${language}.json`, DOCS));
  const published: Published = JSON.parse(file.toString());
  const drawn = published.programs.filter(({ sha256 }) => sha256 !== undefined).map(({ source }) => source);

  test("the published programs are frozen: their hash is the one in this test and in docs/language.md", () => {
    expect(createHash("sha256").update(file).digest("hex")).toBe(hash);
    expect(readFileSync(new URL("language.md", DOCS), "utf8")).toContain(hash);
    expect(published.language).toBe(language);
  });

  test("the defaults of a render are frozen: canvas, background and limits", () => {
    const [r = 0, g = 0, b = 0, a = 0] = renderProgram("").data;
    const background = formatColor(r | (g << 8) | (b << 16) | (a << 24));
    // A later version may add limits.
    const limits = Object.keys(published.defaults.limits).map((name) => [
      name,
      DEFAULT_LIMITS[name as keyof typeof DEFAULT_LIMITS],
    ]);
    const defaults = { width: DEFAULT_WIDTH, height: DEFAULT_HEIGHT, background };
    expect({ ...defaults, limits: Object.fromEntries(limits) }).toEqual(published.defaults);
  });

  test.each(published.programs.map((vector) => [vector.name, vector] as const))(
    "draws the frozen frame, or fails with the frozen code: %s",
    (_, vector) => {
      const { sha256, error } = vector;
      expect(outcomeOf(vector)).toEqual(sha256 === undefined ? { error } : { sha256 });
    },
  );

  test("the frozen programs use every opcode of the version, and every operator of version 2", () => {
    const opcodes = countOpcodes(drawn);
    const unused = OPCODES.filter(
      ({ name, since }) => since <= Number(language) && (opcodes.get(name) ?? 0) === 0,
    );
    expect(unused).toEqual([]);
    const operators = countOperators(drawn);
    const unusedOperators = OPERATORS.filter(({ name }) => language === "2" && operators.get(name) === 0);
    expect(unusedOperators).toEqual([]);
  });
});
