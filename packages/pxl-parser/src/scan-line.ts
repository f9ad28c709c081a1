import {
  CR,
  DIGIT_0,
  HASH,
  LF,
  MINUS,
  codeUnitAt,
  findLineEnd,
  findNextLine,
  isBlank,
  isControl,
  isPair,
  isSurrogate,
  skipBlanks,
  trimBlanks,
} from "./characters.ts";
import { CommonLineReader } from "./common-lines.ts";
import { Fault } from "./fault.ts";
import type { Instruction } from "./instructions.ts";
import { matchOpcode } from "./match-opcode.ts";
import { readLabel } from "./names.ts";
import { createSlots } from "./opcodes.ts";
import type { CoreOperand, IntegerOperand, OperandValue, WordOperand } from "./operands.ts";
import { readRow } from "./read-row.ts";
import { readWord } from "./read-word.ts";
import type { Scope } from "./scope.ts";
import { splitText } from "./split-text.ts";

/** A line without an instruction: blank, a comment or a label. */
export const EMPTY_LINE = "empty";
/** A line of language version 2, or one with an error; `readLine` reads it. */
export const FAULTY_LINE = "faulty";

/** Returned by the methods that read a part of a line, instead of the index after it. */
const FAULT = -1;
const NO_OPERANDS: readonly CoreOperand[] = [];
const NO_VALUES: readonly OperandValue[] = [];

/**
 * Reads the lines of a correct program of version 1 fast: in one pass, without intermediate strings. It only detects that
 * a line is another one; read-line.ts reads such a line again.
 */
export class LineScanner {
  readonly #source: string;
  readonly #scope: Scope;
  readonly #commonLines: CommonLineReader;
  #position: number;
  #line = 0;
  /** Surrogate pairs in the most recently read text. */
  #pairs = 0;
  readonly #values: OperandValue[] = createSlots();

  constructor(source: string, position: number, scope: Scope) {
    this.#source = source;
    this.#commonLines = new CommonLineReader(source);
    this.#position = position;
    this.#scope = scope;
  }

  /** Index of the first code unit of the next line. */
  get position(): number {
    return this.#position;
  }

  /**
   * Reads a line and moves to the next one. `instructionIndex` is the index of the next instruction. Does not move past a
   * faulty line: see {@link skipLine}.
   */
  scanLine(line: number, instructionIndex: number): Instruction | typeof EMPTY_LINE | typeof FAULTY_LINE {
    const common = this.#commonLines.read(this.#position, line);
    if (common === undefined) return this.#scanAnyLine(line, instructionIndex);
    this.#position = this.#commonLines.nextLine;
    return common;
  }

  #scanAnyLine(line: number, instructionIndex: number): Instruction | typeof EMPTY_LINE | typeof FAULTY_LINE {
    const source = this.#source;
    const lineStart = this.#position;
    this.#line = line;
    let index = lineStart;
    let codeUnit = codeUnitAt(source, index);
    while (isBlank(codeUnit)) codeUnit = codeUnitAt(source, ++index);

    if (codeUnit === HASH) index = this.#findTextEnd(index);
    if (codeUnit === HASH || codeUnit === LF || codeUnit === CR) {
      return index !== FAULT && this.#endLine(index) ? EMPTY_LINE : FAULTY_LINE;
    }

    const start = index;
    const entry = matchOpcode(source, start);
    if (entry === undefined) return this.#scanLabel(start, instructionIndex) ? EMPTY_LINE : FAULTY_LINE;
    if (entry.since > 1 || this.#scope.hasBlocks) return FAULTY_LINE;
    index += entry.name.length;
    this.#pairs = 0;
    const isBare = entry.isOptional && this.#isLineEnd(index);
    const operands = isBare ? NO_OPERANDS : entry.core;
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i];
      if (operand === undefined) return FAULTY_LINE;
      if (operand.kind !== "default" && !isBlank(codeUnitAt(source, index++))) return FAULTY_LINE;
      index =
        operand.kind === "position" || operand.kind === "size"
          ? this.#readInteger(i, index, operand)
          : this.#readOther(i, index, operand);
      if (index === FAULT) return FAULTY_LINE;
    }
    const end = index;
    while (isBlank(codeUnitAt(source, index))) index++;
    if (!this.#endLine(index)) return FAULTY_LINE;
    if (entry.jumps || entry.declares !== undefined) this.#scope.addInstruction(entry, this.#values[0]);
    return entry.build(
      isBare ? NO_VALUES : this.#values,
      line,
      start - lineStart + 1,
      end - start - this.#pairs,
    );
  }

  /** Moves past a line without reading it. Returns the index of its terminator. */
  skipLine(): number {
    const lineEnd = findLineEnd(this.#source, this.#position);
    this.#position = findNextLine(this.#source, lineEnd);
    return lineEnd;
  }

  /** Moves past the terminator at `index`. Returns false if there is none. */
  #endLine(index: number): boolean {
    const codeUnit = codeUnitAt(this.#source, index);
    const isCrLf = codeUnit === CR && codeUnitAt(this.#source, index + 1) === LF;
    if (codeUnit !== LF && !isCrLf) return false;
    this.#position = index + (isCrLf ? 2 : 1);
    return true;
  }

  #isLineEnd(index: number): boolean {
    let end = index;
    while (isBlank(codeUnitAt(this.#source, end))) end++;
    const codeUnit = codeUnitAt(this.#source, end);
    return codeUnit === LF || codeUnit === CR;
  }

  #scanLabel(start: number, instructionIndex: number): boolean {
    const label = readLabel(this.#source, start, findLineEnd(this.#source, start));
    if (label === undefined) return false;
    let index = label.end;
    while (isBlank(codeUnitAt(this.#source, index))) index++;
    const lineStart = this.#position;
    if (!this.#endLine(index)) return false;
    const span = { line: this.#line, column: start - lineStart + 1, length: label.end - start };
    if (this.#scope.defineLabel(label.name, instructionIndex, span) === undefined) return true;
    this.#position = lineStart;
    return false;
  }

  #readInteger(slot: number, from: number, operand: IntegerOperand): number {
    const source = this.#source;
    let index = from;
    let codeUnit = codeUnitAt(source, index);
    while (isBlank(codeUnit)) codeUnit = codeUnitAt(source, ++index);
    const start = index;
    const negative = codeUnit === MINUS;
    if (negative) codeUnit = codeUnitAt(source, ++index);
    let digit = codeUnit - DIGIT_0;
    if (digit < 0 || digit > 9) return this.#readWord(slot, start, operand);
    let value = 0;
    // Exact up to 2⁵³, far beyond every range; a longer number, even Infinity, is still out of range.
    do {
      value = value * 10 + digit;
      digit = codeUnitAt(source, ++index) - DIGIT_0;
    } while (digit >= 0 && digit <= 9);
    // Subtraction turns "-0" into 0; negation would give −0.
    if (negative) value = 0 - value;
    if (value < operand.min || value > operand.max) return FAULT;
    this.#values[slot] = value;
    return index;
  }

  #readOther(slot: number, from: number, operand: CoreOperand): number {
    switch (operand.kind) {
      case "text":
        return this.#readText(slot, from);
      case "default":
        return this.#readDefault(slot, from);
      case "rows":
        return this.#readRows(slot, from);
      default:
        return this.#readWord(slot, skipBlanks(this.#source, from), operand);
    }
  }

  #readWord(slot: number, start: number, operand: IntegerOperand | WordOperand): number {
    const end = this.#findWordEnd(start);
    if (end === start) return FAULT;
    const text = this.#source.slice(start, end);
    const word = { text, line: this.#line, column: start - this.#position + 1 };
    const value = readWord(operand, word, this.#scope);
    if (value === undefined) return FAULT;
    this.#values[slot] = value;
    return end;
  }

  #readText(slot: number, start: number): number {
    const lineEnd = this.#findTextEnd(start);
    if (lineEnd === FAULT) return FAULT;
    const end = trimBlanks(this.#source, start, lineEnd);
    if (end === start) return FAULT;
    const text = this.#source.slice(start, end);
    const place = { line: this.#line, column: start - this.#position + 1 };
    this.#values[slot] = this.#scope.names.size === 0 ? text : splitText(text, place, this.#scope);
    return end;
  }

  #readDefault(slot: number, from: number): number {
    const start = skipBlanks(this.#source, from);
    const lineEnd = this.#findTextEnd(start);
    if (lineEnd === FAULT) return FAULT;
    const end = trimBlanks(this.#source, start, lineEnd);
    this.#values[slot] = this.#source.slice(start, end);
    return end === start ? from : end;
  }

  #readRows(slot: number, from: number): number {
    const [w, h] = [this.#values[slot - 2], this.#values[slot - 1]] as [number, number];
    const rows: string[] = [];
    let index = from;
    for (let row = 0; row < h; row++) {
      const start = skipBlanks(this.#source, index);
      index = this.#findWordEnd(start);
      const digits = readRow(this.#source.slice(start, index), w);
      if (digits instanceof Fault) return FAULT;
      rows.push(digits);
    }
    this.#values[slot] = rows;
    return index;
  }

  /** Returns the index of the blank or line end after a word. */
  #findWordEnd(start: number): number {
    let index = start;
    let codeUnit = codeUnitAt(this.#source, index);
    while (!isBlank(codeUnit) && codeUnit !== LF && codeUnit !== CR) {
      codeUnit = codeUnitAt(this.#source, ++index);
    }
    return index;
  }

  /** Returns the index of the line's end, or {@link FAULT} if the line contains a forbidden character. */
  #findTextEnd(start: number): number {
    const source = this.#source;
    let pairs = 0;
    let index = start;
    for (; ; index++) {
      const codeUnit = codeUnitAt(source, index);
      if (codeUnit >= 0x20 && codeUnit < 0x7f) continue;
      if (codeUnit === LF || codeUnit === CR) break;
      if (isPair(source, index)) {
        pairs++;
        index++;
      } else if (isSurrogate(codeUnit) || (isControl(codeUnit) && !isBlank(codeUnit))) {
        return FAULT;
      }
    }
    this.#pairs = pairs;
    return index;
  }
}
