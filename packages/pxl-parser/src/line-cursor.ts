import { HASH, findWordEnd, isBlank, skipBlanks } from "./characters.ts";
import type { PxlErrorCode } from "./errors.ts";
import { ExpressionReader, type Names, type Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { containsForbidden } from "./forbidden.ts";
import { LineColumns } from "./line-columns.ts";
import type { Suggestion } from "./nearest.ts";
import type { IntegerValue, Operand, Reference } from "./operands.ts";
import { OPERATORS, type OperatorName } from "./operator-table.ts";
import { quote } from "./quote.ts";
import type { Scope } from "./scope.ts";

/** A line of a source: its code units from `start` to `end`, exclusive, without blanks at its end. */
export interface Line {
  readonly source: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Index of the next instruction. */
  readonly instructionIndex: number;
}

/** A fault that covers the code units from `start` to `end`, exclusive. */
export interface Finding extends Range {
  readonly code: PxlErrorCode;
  readonly message: () => string;
  readonly hint?: () => Hint | undefined;
}

/** The last clause of a message, and the text that replaces the code units from `start` to `end`, exclusive. */
export interface Hint {
  readonly clause: string;
  readonly fix?: { readonly start: number; readonly end: number; readonly text: string } | undefined;
}

/** The operands of an instruction, by name. */
export type Fields = Record<string, unknown>;

const BUILT_INS: ReadonlyMap<string, OperatorName> = new Map(
  OPERATORS.filter(({ kind }) => kind === "name").map(({ name }) => [name, name]),
);

const NUMBER = "a number, or a name that a PARAM, INT, SET or FOR declares";
const ARRAY = "the name of a LIST or an ARRAY";

/** The value of a faulty operand, which has no range. */
export const NOTHING: Reference = { name: "", span: { line: 1, column: 1, length: 1 } };

/** A line that is being read: the place of the next word, the names that it may use, and the faults found so far. */
export class LineCursor implements Names {
  readonly source: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly instructionIndex: number;
  readonly scope: Scope;
  readonly columns: LineColumns;
  readonly findings: Finding[] = [];
  /** The opcode; empty without one. */
  op = "";
  /** The form of the line, for messages. */
  usage = "";
  /** Code unit from which the next word is searched. */
  index: number;
  /** The number of findings before the operand. */
  operandFindings = 0;
  /** True if the rest of the line is not read. */
  isAborted = false;
  /** The places of the literals of INT, in their order. */
  readonly literals: Range[] = [];
  /** The name of the variable that the line sets, as it is written. */
  variable: string | undefined;
  /** Created at the first use. */
  #expressions: ExpressionReader | undefined;

  constructor({ source, line, start, end, instructionIndex }: Line, scope: Scope) {
    this.source = source;
    this.line = line;
    this.start = start;
    this.end = end;
    this.instructionIndex = instructionIndex;
    this.scope = scope;
    this.index = start;
    this.columns = new LineColumns(source, line, start, end);
  }

  get expressions(): ExpressionReader {
    this.#expressions ??= new ExpressionReader(this.source, this.end, this.columns, this);
    return this.#expressions;
  }

  // Words

  /** Returns the word at `start`, and moves behind it. */
  takeWord(start: number): Range {
    this.index = findWordEnd(this.source, start, this.end);
    return { start, end: this.index };
  }

  /** Returns the next word, and moves behind it; `undefined` at the end of the line. */
  nextWord(): Range | undefined {
    const start = skipBlanks(this.source, this.index);
    return start >= this.end ? undefined : this.takeWord(start);
  }

  text({ start, end }: Range): string {
    return this.source.slice(start, end);
  }

  quote({ start, end }: Range): string {
    return quote(this.source, start, end);
  }

  /** True at a blank, and at the end of the line. */
  isEnd(index: number): boolean {
    return index >= this.end || isBlank(this.source.charCodeAt(index));
  }

  /** True if the word at `index` begins a comment. */
  isComment(index: number): boolean {
    return this.source.charCodeAt(index) === HASH && this.isEnd(index + 1);
  }

  /** Returns the end of a malformed operand: the first blank outside brackets, or the first one if they are not closed. */
  findOperandEnd(start: number): number {
    let depth = 0;
    for (let index = start; index < this.end; index++) {
      const character = this.source.charAt(index);
      if (depth === 0 && isBlank(this.source.charCodeAt(index))) return index;
      if ("([{".includes(character)) depth++;
      if (")]}".includes(character)) depth--;
      if (depth < 0) break;
    }
    return depth === 0 ? this.end : findWordEnd(this.source, start, this.end);
  }

  // Names in expressions

  valueOf(name: string, place: Range): IntegerValue {
    const span = this.columns.span(place.start, place.end);
    const declared = this.scope.resolve(name);
    if (declared === undefined) {
      const operator = BUILT_INS.get(name);
      this.scope.dependsOnValues = true;
      if (operator !== undefined) return { operator, operands: [], span };
      this.addFault(this.undeclared(name, place), place);
      return NOTHING;
    }
    if (declared.kind === "array") {
      const hint = (): Suggestion => ({ word: `${name}[0] or len(${name})`, isCertain: false });
      this.addFault(new Fault("PXL_NOT_A_NUMBER", () => "expected a number, not an array", hint), place);
      return NOTHING;
    }
    this.scope.dependsOnValues = true;
    return { name: declared.name, span };
  }

  arrayOf(name: string, place: Range): string {
    const declared = this.scope.resolve(name);
    if (declared === undefined) {
      this.addFault(this.undeclared(name, place, ARRAY), place);
    } else if (declared.kind !== "array") {
      this.addFault(new Fault("PXL_NOT_AN_ARRAY", () => `expected ${ARRAY}`), place);
    }
    this.scope.dependsOnValues = true;
    return name;
  }

  /** Returns the fault of a name that nothing declares. */
  undeclared(name: string, { start }: Range, wanted: string = NUMBER): Fault {
    const owner = (): string | undefined => this.scope.ownerOf(name);
    return new Fault(
      "PXL_UNDECLARED_NAME",
      () =>
        `expected ${wanted}${owner() === undefined ? "" : ` outside DEF ${owner()}, where ${name} is local`}`,
      () => {
        if (owner() !== undefined) return undefined;
        const found = this.scope.suggestName(name);
        return found && this.source.charAt(start) === "{" ? { ...found, word: `{${found.word}}` } : found;
      },
    );
  }

  // Faults

  /** Adds a fault; ignores that of a word with a forbidden character, which is reported instead. */
  add(
    code: PxlErrorCode,
    { start, end }: Range,
    message: () => string,
    hint: () => Hint | undefined = () => undefined,
  ): void {
    if (containsForbidden(this.source, start, end)) return;
    this.findings.push({ code, start, end, message, hint });
  }

  /** Adds the fault of a word. */
  addFault({ code, expected, hint }: Fault, word: Range): void {
    const message = (): string => `${expected()} (${this.usage}), got ${this.quote(word)}`;
    this.add(code, word, message, () => suggest(word, hint()));
  }

  report(code: PxlErrorCode, place: Range, expected: () => string): void {
    this.addFault(new Fault(code, expected), place);
  }

  /** Reports that the line ends before these operands. */
  addMissing(missing: readonly Operand[]): void {
    const names = missing.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
    const kind = missing[0]?.kind;
    this.addMissingNames(names, kind === "text" || kind === "template");
  }

  /** Reports that the line ends before the operands of these names. */
  addMissingNames(names: readonly string[], isText = false): void {
    const { end } = this;
    const code = isText ? "PXL_MISSING_TEXT" : "PXL_MISSING_OPERAND";
    this.add(code, { start: end, end }, () => {
      return `expected ${names.join(", ")} (${this.usage}), got the end of the line`;
    });
    this.isAborted = true;
  }

  /** Reports a word after the last operand. */
  addExtra(): void {
    const word = this.nextWord();
    if (word === undefined) return;
    const extra = { start: word.start, end: this.end };
    this.add(
      "PXL_EXTRA_OPERAND",
      extra,
      () => `expected the end of the line (${this.usage}), got ${this.quote(extra)}`,
    );
  }
}

/** Returns the hint that a word probably means another one. */
export function suggest(
  { start, end }: Range,
  suggestion: Suggestion | string | undefined,
): Hint | undefined {
  if (suggestion === undefined) return undefined;
  const { word, isCertain } =
    typeof suggestion === "string" ? { word: suggestion, isCertain: true } : suggestion;
  return { clause: `did you mean ${word}?`, fix: isCertain ? { start, end, text: word } : undefined };
}
