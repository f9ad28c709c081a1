import { HASH, isBlank, skipBlanks } from "./characters.ts";
import type { PxlErrorCode } from "./errors.ts";
import { Fault } from "./fault.ts";
import { containsForbidden } from "./forbidden.ts";
import { matchOpcode } from "./match-opcode.ts";
import { notAName, readLabel } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import { OPCODES, usageOf, type Opcode, type OpcodeEntry } from "./opcodes.ts";
import type { OperandValue } from "./operands.ts";
import { quote } from "./quote.ts";
import { readRow } from "./read-row.ts";
import { readWord } from "./read-word.ts";
import type { Scope } from "./scope.ts";

/** A line of a source: its code units from `start` to `end`, exclusive. */
export interface Line {
  readonly source: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Index of the next instruction. */
  readonly instructionIndex: number;
}

/** A fault that covers the code units from `start` to `end`, exclusive. */
export interface Finding {
  readonly code: PxlErrorCode;
  readonly start: number;
  readonly end: number;
  readonly message: () => string;
  readonly hint: () => Hint | undefined;
}

/** The last clause of a message, and the text that replaces the code units from `start` to `end`, exclusive. */
export interface Hint {
  readonly clause: string;
  readonly fix?: { readonly start: number; readonly end: number; readonly text: string } | undefined;
}

/** A word's code units. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Longer words are never treated as an opcode without a space after it. */
const MAX_OPCODE_LENGTH = 16;

/** Returns the faults of the label or instruction on a line, in source order, except forbidden characters. */
export function findFaults(line: Line, scope: Scope): readonly Finding[] {
  return new FaultFinder(line, scope).find();
}

class FaultFinder {
  readonly #source: string;
  readonly #line: Line;
  readonly #scope: Scope;
  readonly #findings: Finding[] = [];
  /** Code unit from which the next word is searched. */
  #index: number;

  constructor(line: Line, scope: Scope) {
    this.#source = line.source;
    this.#line = line;
    this.#scope = scope;
    this.#index = line.start;
  }

  find(): readonly Finding[] {
    const first = this.#nextWord();
    if (first === undefined || this.#source.charCodeAt(first.start) === HASH) return this.#findings;
    const label = readLabel(this.#source, first.start, this.#line.end);
    const opcode = matchOpcode(this.#source, first.start);
    if (label !== undefined) {
      this.#findLabelFaults(label.name, first);
    } else if (opcode?.name.length === first.end - first.start) {
      this.#findOperandFaults(opcode);
    } else {
      this.#findUnknown(first);
    }
    return this.#findings;
  }

  #findLabelFaults(name: string, word: Range): void {
    const span = {
      line: this.#line.line,
      column: word.start - this.#line.start + 1,
      length: word.end - word.start,
    };
    const fault = this.#scope.defineLabel(name, this.#line.instructionIndex, span);
    if (fault !== undefined) this.#addFault(fault, word, `${name}:`);
    this.#findExtra(`${name}:`);
  }

  #findUnknown(word: Range): void {
    const text = this.#source.slice(word.start, word.end);
    if (text.endsWith(":")) {
      this.#addFault(notAName(text.slice(0, -1)), word, "name:");
      this.#findExtra("name:");
      return;
    }
    this.#scope.hasUnknownLine = true;
    let found: { readonly opcode: Suggestion | undefined } | undefined;
    const findOpcode = (): Suggestion | undefined => (found ??= { opcode: nearestOpcode(text) }).opcode;
    const expected = (): string =>
      findOpcode() === undefined ? "an opcode, a label (name:) or a comment (#)" : "an opcode";
    this.#add(
      "PXL_UNKNOWN_OPCODE",
      word,
      () => `expected ${expected()}, got ${this.#quote(word)}`,
      () => suggest(word, findOpcode()),
    );
  }

  #findOperandFaults(opcode: OpcodeEntry): void {
    const { core: operands, isOptional } = opcode;
    const usage = usageOf(opcode);
    const values: OperandValue[] = [];
    for (const [i, operand] of operands.entries()) {
      if (operand.kind === "default") return this.#declare(opcode, values[0]);
      if (operand.kind === "rows") return this.#findRowFaults(values[i - 2], values[i - 1], usage);
      const word = this.#nextWord();
      if (word === undefined) {
        if (isOptional && i === 0) return undefined;
        const missing = operands.slice(i).map(({ name }) => name);
        this.#addMissing(operand.kind === "text", () => `${missing.join(", ")} (${usage})`);
        return this.#declare(opcode, values[0]);
      }
      if (operand.kind === "text") return undefined;
      const { line, start } = this.#line;
      const text = this.#source.slice(word.start, word.end);
      const value = readWord(operand, { text, line, column: word.start - start + 1 }, this.#scope);
      if (value instanceof Fault) {
        this.#addFault(value, word, usage);
      } else {
        values[i] = value;
      }
    }
    this.#findExtra(usage);
    return this.#declare(opcode, values[0]);
  }

  /** Without a valid width and height, the rows are not checked. */
  #findRowFaults(w: OperandValue, h: OperandValue, usage: string): void {
    if (typeof w !== "number" || typeof h !== "number") return;
    for (let row = 0; row < h; row++) {
      const word = this.#nextWord();
      if (word === undefined) {
        this.#addMissing(false, () => `${h} rows (${usage}), got ${row}`);
        return;
      }
      const digits = readRow(this.#source.slice(word.start, word.end), w);
      if (digits instanceof Fault) this.#addFault(digits, word, usage);
    }
    this.#findExtra(usage);
  }

  #findExtra(usage: string): void {
    const word = this.#nextWord();
    if (word === undefined) return;
    const extra = { start: word.start, end: this.#line.end };
    this.#add(
      "PXL_EXTRA_OPERAND",
      extra,
      () => `expected the end of the line (${usage}), got ${this.#quote(extra)}`,
    );
  }

  #declare(opcode: Opcode, name: OperandValue): void {
    if (opcode.declares !== undefined) this.#scope.addInstruction(opcode, name);
  }

  #nextWord(): Range | undefined {
    const { end } = this.#line;
    const start = skipBlanks(this.#source, this.#index);
    if (start >= end) return undefined;
    let index = start;
    while (index < end && !isBlank(this.#source.charCodeAt(index))) index++;
    this.#index = index;
    return { start, end: index };
  }

  #addMissing(isText: boolean, expected: () => string): void {
    const { end } = this.#line;
    const code = isText ? "PXL_MISSING_TEXT" : "PXL_MISSING_OPERAND";
    this.#add(code, { start: end, end }, () => `expected ${expected()}, got the end of the line`);
  }

  #addFault({ code, expected, hint }: Fault, word: Range, usage: string): void {
    const message = (): string => `${expected()} (${usage}), got ${this.#quote(word)}`;
    this.#add(code, word, message, () => suggest(word, hint()));
  }

  /** Ignores a fault of a word with a forbidden character, which is reported instead. */
  #add(
    code: PxlErrorCode,
    { start, end }: Range,
    message: () => string,
    hint: () => Hint | undefined = () => undefined,
  ): void {
    if (containsForbidden(this.#source, start, end)) return;
    this.#findings.push({ code, start, end, message, hint });
  }

  #quote({ start, end }: Range): string {
    return quote(this.#source, start, end);
  }
}

/** Returns the hint that a word probably means another one. */
function suggest({ start, end }: Range, suggestion: Suggestion | string | undefined): Hint | undefined {
  if (suggestion === undefined) return undefined;
  const { word, isCertain } =
    typeof suggestion === "string" ? { word: suggestion, isCertain: true } : suggestion;
  return { clause: `did you mean ${word}?`, fix: isCertain ? { start, end, text: word } : undefined };
}

/** Returns the opcode that an unknown word probably means: one or two typos away, or the beginning of the word. */
function nearestOpcode(word: string): Suggestion | undefined {
  if (word.length > MAX_OPCODE_LENGTH) return undefined;
  const upper = word.toUpperCase();
  const names = OPCODES.filter(({ since }) => since === 1).map(({ name }) => name);
  const beginning = names.find((name) => upper.startsWith(name));
  return nearest(word, names) ?? (beginning && { word: beginning, isCertain: false });
}
