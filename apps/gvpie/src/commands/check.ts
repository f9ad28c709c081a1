import { checkProgram } from "@gvpie/pxl-parser";
import { lowerProgram } from "@gvpie/raster";
import { CANVAS_OPTIONS, canvasSize } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { formatDiagnostics, type AnyDiagnostic } from "../diagnostics.ts";
import { inputName, readProgram } from "../input.ts";
import { print, printJson, say } from "../output.ts";
import { countOf } from "../program-error.ts";
import { styleFor } from "../style.ts";

export const check: Command = defineCommand({
  usage: "<file|->...",
  positionals: [1, Infinity],
  details: "Exits with 1 when a program has errors; warnings alone leave it at 0.",
  options: {
    width: CANVAS_OPTIONS.width,
    height: CANVAS_OPTIONS.height,
    json: { type: "boolean", help: "print the diagnostics as JSON" },
  },
  run(values, paths) {
    const canvas = canvasSize(values);
    const results = paths.map((path) => {
      const source = readProgram(path);
      return { file: inputName(path), source, diagnostics: diagnose(source, canvas) };
    });
    if (values.json) {
      printJson(results.map(({ file, diagnostics }) => ({ file, diagnostics })));
    } else {
      const style = styleFor("stdout");
      for (const { file, source, diagnostics } of results) {
        print(formatDiagnostics(file, source, diagnostics, style));
        say(`${file}: ${countOf(diagnostics) || "no errors"}`);
      }
    }
    return results.some(({ diagnostics }) => diagnostics.some((d) => d.severity === "error")) ? 1 : 0;
  },
});

/** What the parser says, and for a program without errors what drawing it says. */
function diagnose(source: string, canvas: { width: number; height: number }): AnyDiagnostic[] {
  const { program, diagnostics } = checkProgram(source);
  const all: AnyDiagnostic[] = [...diagnostics];
  if (program === undefined) return all;
  lowerProgram(program, { ...canvas, onWarning: (warning) => all.push(warning) });
  return all.sort((a, b) => a.line - b.line || a.column - b.column);
}
