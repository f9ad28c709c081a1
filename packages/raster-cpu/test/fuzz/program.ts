import { checkProgram, formatProgram, OPCODES, parseProgram, PxlError } from "@gvpie/pxl-parser";
import { RasterError, type RenderOptions } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import { readdirSync, readFileSync } from "node:fs";
import { type FuzzTarget, outcomeOf, textMutator } from "@gvpie/testing/fuzz";

/** Stands in an input for a lone surrogate, which UTF-8 cannot encode. */
const LONE_SURROGATE = "\ue000";

const EXAMPLES = new URL("../../../../examples/programs/", import.meta.url);
const DICTIONARY = [
  ...OPCODES.map(({ name }) => name),
  ..."{v} v {p} p l l: a: {a} < <= > >= = != red #fff #12345678 left center right".split(" "),
  ..."SPRITE#0#0#4#2#8#f\nSET#v#5\nPARAM#p#x\nl:\nJMP#l\nIF#v#<#9#l\nCALL#l\nRET\nCLIP"
    .replaceAll("#", " ")
    .split("\n"),
  "\t",
  "  ",
  "\r\n",
  "\r",
  "\n",
  "\ufeff",
  "#",
  "é",
  "😀",
  "\u0000",
  "\u0085",
  LONE_SURROGATE,
  "\u2028",
];
const mutate = textMutator(DICTIONARY, 4_096);

const OPTIONS: RenderOptions = {
  width: 24,
  height: 12,
  limits: { instructions: 500, glyphs: 5_000, paintedPixels: 200_000, commands: 20_000, fuel: 5_000 },
};

export const target: FuzzTarget = {
  reads: "programs: parser, formatter, execution under limits, rendering",
  maxCorpusBytes: 512,
  weight: 40,
  seeds: () =>
    readdirSync(EXAMPLES)
      .filter((name) => name.endsWith(".pxl"))
      .map((name) => readFileSync(new URL(name, EXAMPLES))),
  mutate: (input, other, random) => Buffer.from(mutate(textOf(input), textOf(other), random)),
  run(input) {
    const source = textOf(input).replaceAll(LONE_SURROGATE, "\ud800");
    const { program, diagnostics } = checkProgram(source, { maxInstructions: 500, maxDiagnostics: 50 });
    const codes = [...new Set(diagnostics.map(({ code }) => code))].sort().join(" ");
    if (program === undefined) {
      expectPxlError(() => parseProgram(source, { maxInstructions: 500 }));
      return codes;
    }
    const formatted = formatProgram(source);
    if (formatProgram(formatted) !== formatted) throw new Error("formatting is not idempotent");
    if (parseProgram(formatted).instructions.length !== program.instructions.length) {
      throw new Error("formatting loses an instruction");
    }
    return `${codes} ${render(source)}`;
  },
};

function render(source: string): string {
  try {
    const { data } = renderProgram(source, OPTIONS);
    if (data.length !== 24 * 12 * 4) throw new Error(`a frame of ${data.length} bytes`);
    return data.some((value) => value !== 0 && value !== 255) ? "rendered in colour" : "rendered";
  } catch (error) {
    if (error instanceof RasterError) return error.code;
    throw error;
  }
}

/** Throws unless `parse` throws a `PxlError`. */
function expectPxlError(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (error instanceof PxlError && outcomeOf(error.code, error.message) !== "") return;
    throw error;
  }
  throw new Error("a program with errors was parsed");
}

function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString("utf8");
}
