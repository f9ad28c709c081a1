import { readFileSync } from "node:fs";
import { PxlError } from "@gvpie/pxl-parser";
import { RasterError } from "@gvpie/raster";
import { DEFAULT_LEGEND, frameToText } from "@gvpie/raster/conformance";
import { renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";

interface Picture {
  readonly source: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly width: number;
  readonly height: number;
  readonly legend?: Readonly<Record<string, string>>;
  readonly picture?: readonly string[];
  readonly error?: string;
}

/** Returns the picture, or the code and position of the error. */
function draw({ source, params, width, height, legend = DEFAULT_LEGEND }: Picture): string[] | string {
  try {
    return frameToText(renderProgram(source, { width, height, params }), legend);
  } catch (error) {
    if (error instanceof PxlError) return error.message;
    if (!(error instanceof RasterError)) throw error;
    const { code, line, column } = error;
    return line === undefined ? code : `${code} ${line}:${column}`;
  }
}

describe.each(["language.md", "language-drawing.md", "language-semantics.md"])("docs/%s", (name) => {
  const page = readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const pictures = [...page.matchAll(/^```json pictures\n(.*?)^```$/gms)].flatMap(
    ([, json]) => JSON.parse(json ?? "") as Picture[],
  );

  test("has pictures", () => expect(pictures.length).toBeGreaterThan(10));

  test.each(pictures.map((picture) => [picture.source, picture] as const))("%j", (_, picture) => {
    expect(draw(picture)).toEqual(picture.picture ?? picture.error);
  });
});
