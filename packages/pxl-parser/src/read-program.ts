import { BYTE_ORDER_MARK } from "./characters.ts";
import { checkOptions } from "./check-options.ts";
import { describeValue } from "./describe-value.ts";
import { diagnoseLine } from "./diagnose-line.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import type { Diagnostic } from "./errors.ts";
import type { Instruction, ParameterInstruction } from "./instructions.ts";
import { markParsed } from "./parsed-program.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { EMPTY_LINE, FAULTY_LINE, LineScanner } from "./scan-line.ts";
import { Scope } from "./scope.ts";
import type { ParseOptions, Program } from "./types.ts";

const OPTION_NAMES: ReadonlySet<string> = new Set<keyof ParseOptions>(["maxInstructions", "maxDiagnostics"]);

const NO_OPTIONS: ParseOptions = {};

/** A program, or its errors. */
export type Reading =
  | { readonly program: Program; readonly errors: readonly [] }
  | { readonly program: undefined; readonly errors: readonly [Diagnostic, ...Diagnostic[]] };

/** Reads a program. Throws like {@link checkProgram}. */
export function readProgram(source: string, options: ParseOptions = NO_OPTIONS): Reading {
  if (typeof source !== "string") {
    throw new TypeError(`expected the program as a string, got ${describeValue(source)}`);
  }
  if (options !== NO_OPTIONS) checkOptions("options", options, OPTION_NAMES);
  const maxInstructions = readLimit("maxInstructions", options.maxInstructions, 0);
  const diagnostics = new DiagnosticList("error", readMaxDiagnostics(options));

  const scope = new Scope(source, maxInstructions);
  const scanner = new LineScanner(source, source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0, scope);
  let instructions: Instruction[] = [];
  let instructionCount = 0;
  for (let line = 1; scanner.position < source.length; line++) {
    const content = scanner.scanLine(line, instructionCount);
    if (content === EMPTY_LINE) continue;
    if (content === FAULTY_LINE) {
      // The instructions of a faulty program are not returned.
      instructions = [];
      const start = scanner.position;
      const end = scanner.skipLine();
      diagnoseLine({ source, line, start, end, instructionIndex: instructionCount }, scope, diagnostics);
      continue;
    }
    instructionCount++;
    if (instructionCount > maxInstructions) {
      diagnostics.add(
        "PXL_TOO_MANY_INSTRUCTIONS",
        content,
        () => `expected at most ${maxInstructions} instructions, got one more`,
      );
      break;
    }
    if (diagnostics.isEmpty) instructions.push(content);
  }

  const [first, ...others] = withoutDoubtfulFixes(diagnostics.toArray(), scope);
  if (first !== undefined) return { program: undefined, errors: [first, ...others] };
  return { program: createProgram(instructions, scope), errors: [] };
}

/** The fix of an unknown name is doubtful in a program with an unknown line, which may declare that name. */
function withoutDoubtfulFixes(
  errors: readonly Diagnostic[],
  { hasUnknownLine }: Scope,
): readonly Diagnostic[] {
  if (!hasUnknownLine) return errors;
  return errors.map((error) => {
    if (error.code !== "PXL_UNDECLARED_NAME" && error.code !== "PXL_UNDEFINED_LABEL") return error;
    const { fix: _, ...rest } = error;
    return rest;
  });
}

function createProgram(instructions: Instruction[], scope: Scope): Program {
  const { labels, isStraight: straight, isPlain: plain, names } = scope;
  if (!straight) resolveTargets(instructions, scope);
  const params =
    names.size === 0
      ? []
      : instructions.filter(
          (instruction): instruction is ParameterInstruction =>
            OPCODE_ENTRIES[instruction.op].declares === "parameter" || instruction.op === "LIST",
        );
  return markParsed({ language: "1", instructions, labels, params, straight, plain });
}

/** Sets the targets of jumps once all labels are known. */
function resolveTargets(instructions: readonly Instruction[], { labels }: Scope): void {
  for (const instruction of instructions) {
    if (!("target" in instruction)) continue;
    const { label }: { label?: string; target: number } = instruction;
    if (label === undefined) continue;
    (instruction as { target: number }).target = labels.get(label)?.index ?? 0;
  }
}

export function readMaxDiagnostics({ maxDiagnostics }: ParseOptions): number {
  return readLimit("maxDiagnostics", maxDiagnostics, 1);
}

function readLimit(name: keyof ParseOptions, value: number | undefined, least: number): number {
  if (value === undefined) return Infinity;
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`expected ${name} as an integer of at least ${least}, got ${describeValue(value)}`);
}
