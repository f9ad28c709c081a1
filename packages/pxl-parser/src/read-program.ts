import { BYTE_ORDER_MARK, findLineEnd, trimBlanks } from "./characters.ts";
import { checkOptions } from "./check-options.ts";
import { describeValue } from "./describe-value.ts";
import { diagnoseLine } from "./diagnose-line.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import type { Diagnostic } from "./errors.ts";
import type { Instruction, InstructionOf, ParameterInstruction } from "./instructions.ts";
import { markParsed } from "./parsed-program.ts";
import { isRowLine, readRowLine } from "./read-image.ts";
import type { Finding, Line } from "./line-cursor.ts";
import { readLine } from "./read-line.ts";
import { resolveBlocks } from "./resolve-blocks.ts";
import { EMPTY_LINE, FAULTY_LINE, LineScanner } from "./scan-line.ts";
import { Scope } from "./scope.ts";
import type { Language, ParseOptions, Program } from "./types.ts";

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
  let otherLines: OtherLines | undefined;
  let isStopped = false;
  let instructions: Instruction[] = [];
  let count = 0;
  let line = 1;
  for (; scanner.position < source.length; line++) {
    let content: Instruction | string | undefined = scanner.scanLine(line, count);
    if (content === EMPTY_LINE) continue;
    if (content === FAULTY_LINE) {
      otherLines ??= new OtherLines(source, maxInstructions, diagnostics, scope, scanner);
      content = otherLines.read(line, count);
      line = otherLines.line;
      // The instructions of a faulty program are not returned.
      if (!diagnostics.isEmpty) instructions = [];
    }
    if (typeof content !== "object") continue;
    count++;
    if (count > maxInstructions) {
      const message = (): string => `expected at most ${maxInstructions} instructions, got one more`;
      diagnostics.add("PXL_TOO_MANY_INSTRUCTIONS", content, message);
      isStopped = true;
      break;
    }
    if (diagnostics.isEmpty) instructions.push(content);
  }
  const late = scope.lateFindings;
  if (late !== undefined) {
    diagnostics.merge(isStopped ? late.filter(({ span }) => span.line < line) : late);
  }
  if (diagnostics.isEmpty) {
    const language = otherLines === undefined ? "1" : "2";
    return { program: createProgram(instructions, scope, language), errors: [] };
  }
  const [first, ...others] = withoutDoubtfulFixes(diagnostics.toArray(), scope);
  return { program: undefined, errors: [first as Diagnostic, ...others] };
}

/** Reads the lines that the scanner does not read: those of version 2, and faulty ones. Most programs of version 1 have none. */
class OtherLines {
  readonly #source: string;
  readonly #maxInstructions: number;
  readonly #diagnostics: DiagnosticList;
  readonly #scope: Scope;
  readonly #scanner: LineScanner;
  /** The line that was read last. */
  #line = 0;
  #count = 0;

  constructor(
    source: string,
    maxInstructions: number,
    diagnostics: DiagnosticList,
    scope: Scope,
    scanner: LineScanner,
  ) {
    this.#source = source;
    this.#maxInstructions = maxInstructions;
    this.#diagnostics = diagnostics;
    this.#scope = scope;
    this.#scanner = scanner;
  }

  /** Number of the most recently read line: a picture has several. */
  get line(): number {
    return this.#line;
  }

  /** Reads the next line, and the rows after it. `count` is the number of instructions before it. */
  read(number: number, count: number): Instruction | undefined {
    this.#line = number;
    this.#count = count;
    const scanner = this.#scanner;
    const start = scanner.position;
    const lineEnd = scanner.skipLine();
    const line = this.#lineAt(start, lineEnd);
    const { instruction, findings, hasRows } = readLine(line, this.#scope);
    if (instruction === undefined) this.#diagnose({ ...line, end: lineEnd }, findings);
    // Nothing is read after the first instruction beyond the limit.
    const isLast = instruction !== undefined && this.#count >= this.#maxInstructions;
    if (hasRows && !isLast) this.#readRows(line, instruction as InstructionOf<"IMAGE"> | undefined);
    return instruction;
  }

  #lineAt(start: number, lineEnd: number): Line {
    const source = this.#source;
    const end = trimBlanks(source, start, lineEnd);
    return { source, line: this.#line, start, end, instructionIndex: this.#count };
  }

  #diagnose(line: Line, findings: readonly Finding[]): void {
    diagnoseLine(line, findings, this.#diagnostics);
  }

  /** Reads the row lines after an IMAGE. */
  #readRows(line: Line, image: InstructionOf<"IMAGE"> | undefined): void {
    const scanner = this.#scanner;
    const source = this.#source;
    const rows: string[] = [];
    let last = line;
    while (scanner.position < source.length) {
      const start = scanner.position;
      if (!isRowLine(source, start, findLineEnd(source, start))) break;
      const lineEnd = scanner.skipLine();
      this.#line++;
      last = this.#lineAt(start, lineEnd);
      const { row, findings } = readRowLine(last, rows.length, image);
      rows.push(row);
      this.#diagnose({ ...last, end: lineEnd }, findings);
    }
    if (image === undefined) return;
    if (rows.length < image.h) {
      const message = (): string => `expected ${image.h} rows (| row) after IMAGE, got ${rows.length}`;
      this.#diagnose(last, [{ code: "PXL_MISSING_ROW", start: last.end, end: last.end, message }]);
    }
    (image as { rows: readonly string[] }).rows = rows;
  }
}

function createProgram(instructions: Instruction[], scope: Scope, language: Language): Program {
  const { labels, isStraight: straight, isPlain: plain, names, canvas, frames } = scope;
  if (!straight) resolveTargets(instructions, labels);
  if (scope.hasBlocks) resolveBlocks(instructions);
  const params = names.size === 0 ? [] : instructions.filter(isParameter);
  const program: Program = { language, instructions, labels, params, straight, plain };
  if (canvas !== undefined) Object.assign(program, { canvas });
  if (frames !== undefined) Object.assign(program, { frames });
  return markParsed(program);
}

/** A similar name is a doubtful fix in a program with an unknown line, which may declare the name itself. */
function withoutDoubtfulFixes(
  errors: readonly Diagnostic[],
  { hasUnknownLine }: Scope,
): readonly Diagnostic[] {
  if (!hasUnknownLine) return errors;
  return errors.map((error) => {
    if (error.code !== "PXL_UNDECLARED_NAME" && error.code !== "PXL_UNDEFINED_LABEL") return error;
    const { fix, ...rest } = error;
    return fix?.column === error.column && fix.length === error.length ? rest : error;
  });
}

function isParameter(instruction: Instruction): instruction is ParameterInstruction {
  const { op } = instruction;
  return op === "PARAM" || op === "INT" || op === "LIST";
}

/** Sets the targets of jumps once all labels are known. */
function resolveTargets(instructions: readonly Instruction[], labels: Scope["labels"]): void {
  for (const instruction of instructions) {
    if (!("target" in instruction)) continue;
    const { label = "" } = instruction as { label?: string };
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
