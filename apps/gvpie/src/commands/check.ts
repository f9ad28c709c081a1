import { checkProgram } from "@gvpie/pxl-parser";
import { checkDrawing, type CheckDrawingOptions } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize, PARAM_OPTION, readParams } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { formatDiagnostics, type AnyDiagnostic } from "../diagnostics.ts";
import { FUEL_OPTION, limitsWithFuel } from "../fuel-option.ts";
import { inputName, readProgram } from "../input.ts";
import { print, printJson, say } from "../output.ts";
import { countOf, MAX_DIAGNOSTICS, toRunDiagnostic } from "../program-error.ts";
import { styleFor } from "../style.ts";
import { line } from "../terminal-text.ts";

export const check: Command = defineCommand({
  usage: "<file|->...",
  positionals: [1, Infinity],
  details: [
    "Parses each program and, if it has no errors, runs it without painting. This finds runtime errors, drawing that the",
    "edge of the canvas cuts or that is outside, and characters without a glyph. A straight-line program has no jumps:",
    "each line runs at most once. With --json, an error that has one sensible correction carries it as fix.",
  ].join("\n"),
  examples: [
    ["gvpie check *.pxl", "check every program here"],
    ["gvpie check clock.pxl --param time=12:34", "check one with the parameters it is run with"],
    ["gvpie check hello.pxl --json | jq '.[].diagnostics'", "the errors and warnings, for an editor"],
  ],
  exitCodes: [
    ["0", "No errors; there may be warnings."],
    ["1", "A program has errors, or cannot be read."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["format", "debug", "render"],
  options: {
    width: CANVAS_OPTIONS.width,
    height: CANVAS_OPTIONS.height,
    param: PARAM_OPTION,
    fuel: FUEL_OPTION,
    json: { type: "boolean", help: "print the diagnostics as JSON" },
  },
  run(values, paths) {
    const options = {
      ...canvasSize(values),
      params: readParams(values.param),
      limits: limitsWithFuel(values.fuel),
    };
    const results = paths.map((path) => {
      const source = readProgram(path);
      return { file: inputName(path), source, ...examine(source, options) };
    });
    if (values.json) {
      printJson(results.map(({ file, straight, diagnostics }) => ({ file, straight, diagnostics })));
    } else {
      const style = styleFor("stdout");
      for (const { file, source, straight, diagnostics } of results) {
        print(formatDiagnostics(file, source, diagnostics, style));
        say(line`${file}: ${countOf(diagnostics) || "no errors"}${straight ? ", straight-line" : ""}`);
      }
    }
    return results.some(({ diagnostics }) => diagnostics.some((d) => d.severity === "error")) ? 1 : 0;
  },
});

interface Examination {
  /** True if each line runs at most once; `null` if the source has errors. */
  readonly straight: boolean | null;
  readonly diagnostics: readonly AnyDiagnostic[];
}

/** Returns the diagnostics of the parser and, if the program has no errors, those of a run without painting. */
function examine(source: string, options: CheckDrawingOptions): Examination {
  const { program, diagnostics } = checkProgram(source, { maxDiagnostics: MAX_DIAGNOSTICS });
  if (program === undefined) return { straight: null, diagnostics };
  const all: AnyDiagnostic[] = [...diagnostics];
  try {
    all.push(...checkDrawing(program, options));
  } catch (error) {
    const found = toRunDiagnostic(error);
    if (found === undefined) throw error;
    all.push(found);
  }
  all.sort((a, b) => a.line - b.line || a.column - b.column);
  return { straight: program.straight, diagnostics: all };
}
