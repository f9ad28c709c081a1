import { BYTE_ORDER_MARK } from "./characters.ts";
import { diagnoseLine } from "./diagnose-line.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { EMPTY_LINE, FAULTY_LINE, LineScanner } from "./scan-line.ts";
import type { CheckResult, Instruction, ParseOptions } from "./types.ts";

/**
 * Reads a program and reports all that is wrong with it, in source order. Takes time linear in the source's length.
 * The language is specified in docs/language.md.
 *
 * @throws {TypeError} when `source` is not a string.
 * @throws {RangeError} when an option is not an integer in its range.
 */
export function checkProgram(source: string, options: ParseOptions = {}): CheckResult {
  if (typeof source !== "string") throw new TypeError("expected the program as a string");
  const maxInstructions = readLimit("maxInstructions", options.maxInstructions, 0);
  const diagnostics = new DiagnosticList(readLimit("maxDiagnostics", options.maxDiagnostics, 1));

  const scanner = new LineScanner(source, source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0);
  let instructions: Instruction[] = [];
  let instructionCount = 0;
  for (let line = 1; scanner.position < source.length; line++) {
    const content = scanner.scanLine(line);
    if (content === EMPTY_LINE) continue;
    if (content === FAULTY_LINE) {
      // Nobody will see the instructions of a faulty program.
      instructions = [];
      const start = scanner.position;
      diagnoseLine(source, line, start, scanner.skipLine(), diagnostics);
      continue;
    }
    instructionCount++;
    if (instructionCount > maxInstructions) {
      diagnostics.add(
        "PXL_TOO_MANY_INSTRUCTIONS",
        content.span,
        () => `expected at most ${maxInstructions} instructions, found one more`,
      );
      break;
    }
    if (diagnostics.isEmpty) instructions.push(content);
  }

  const program = diagnostics.isEmpty ? ({ language: "1", instructions } as const) : undefined;
  return { program, diagnostics: diagnostics.toArray() };
}

function readLimit(name: keyof ParseOptions, value: number | undefined, least: number): number {
  if (value === undefined) return Infinity;
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`expected ${name} as an integer of at least ${least}, found ${String(value)}`);
}
