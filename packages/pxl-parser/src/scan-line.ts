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
  trimBlanks,
} from "./characters.ts";
import { matchOpcode } from "./match-opcode.ts";
import type { IntegerOperand } from "./opcodes.ts";
import type { Instruction } from "./types.ts";

/** A line without an instruction: blank, or a comment. */
export const EMPTY_LINE = "empty";
/** A line that is no part of a correct program; `diagnoseLine` says why. */
export const FAULTY_LINE = "faulty";

/** What the methods that read a part of a line return in place of the index after it. */
const FAULT = -1;

/**
 * Reads the lines of a correct program at speed: one pass, each code unit fetched about once, no intermediate strings.
 * It knows that a line is faulty, not how: explaining is another reading of that line, in diagnose-line.ts.
 */
export class LineScanner {
  readonly #source: string;
  #position: number;
  /** Surrogate pairs in the text that was read last. */
  #pairs = 0;
  /** A string in every slot keeps the engine from storing the integers unboxed, which would box each one again. */
  readonly #values: (number | string)[] = ["", "", "", "", "", "", "", ""];

  constructor(source: string, position: number) {
    this.#source = source;
    this.#position = position;
  }

  /** Index of the code unit where the next line begins. */
  get position(): number {
    return this.#position;
  }

  /** Reads a line and moves to the next one. A faulty line is not moved past: see {@link skipLine}. */
  scanLine(line: number): Instruction | typeof EMPTY_LINE | typeof FAULTY_LINE {
    const source = this.#source;
    const lineStart = this.#position;
    let index = lineStart;
    let codeUnit = codeUnitAt(source, index);
    while (isBlank(codeUnit)) codeUnit = codeUnitAt(source, ++index);

    if (codeUnit === HASH) index = this.#findTextEnd(index);
    if (codeUnit === HASH || codeUnit === LF || codeUnit === CR) {
      return index !== FAULT && this.#endLine(index) ? EMPTY_LINE : FAULTY_LINE;
    }

    const start = index;
    const entry = matchOpcode(source, start);
    if (entry === undefined) return FAULTY_LINE;
    index += entry.name.length;
    this.#pairs = 0;
    const { operands } = entry;
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i];
      if (operand === undefined || !isBlank(codeUnitAt(source, index))) return FAULTY_LINE;
      index =
        operand.kind === "text" ? this.#readText(i, index + 1) : this.#readInteger(i, index + 1, operand);
      if (index === FAULT) return FAULTY_LINE;
    }
    const end = index;
    while (isBlank(codeUnitAt(source, index))) index++;
    if (!this.#endLine(index)) return FAULTY_LINE;
    return entry.build(this.#values, {
      line,
      column: start - lineStart + 1,
      length: end - start - this.#pairs,
    });
  }

  /** Moves past a line of any content; returns the index of its terminator. */
  skipLine(): number {
    const lineEnd = findLineEnd(this.#source, this.#position);
    this.#position = findNextLine(this.#source, lineEnd);
    return lineEnd;
  }

  /** Moves past the terminator at `index`; false where there is none. */
  #endLine(index: number): boolean {
    const codeUnit = codeUnitAt(this.#source, index);
    if (codeUnit === LF) this.#position = index + 1;
    else if (codeUnit === CR && codeUnitAt(this.#source, index + 1) === LF) this.#position = index + 2;
    else return false;
    return true;
  }

  #readInteger(slot: number, from: number, operand: IntegerOperand): number {
    const source = this.#source;
    let index = from;
    let codeUnit = codeUnitAt(source, index);
    while (isBlank(codeUnit)) codeUnit = codeUnitAt(source, ++index);
    const negative = codeUnit === MINUS;
    if (negative) codeUnit = codeUnitAt(source, ++index);
    let digit = codeUnit - DIGIT_0;
    if (digit < 0 || digit > 9) return FAULT;
    let value = 0;
    // Exact up to 2⁵³, far beyond every range; a longer number only has to stay too large, which Infinity does.
    do {
      value = value * 10 + digit;
      digit = codeUnitAt(source, ++index) - DIGIT_0;
    } while (digit >= 0 && digit <= 9);
    // Subtracting turns "-0" into 0, where negating would make a negative zero.
    if (negative) value = 0 - value;
    if (value < operand.min || value > operand.max) return FAULT;
    this.#values[slot] = value;
    return index;
  }

  #readText(slot: number, start: number): number {
    const lineEnd = this.#findTextEnd(start);
    if (lineEnd === FAULT) return FAULT;
    const end = trimBlanks(this.#source, start, lineEnd);
    if (end === start) return FAULT;
    this.#values[slot] = this.#source.slice(start, end);
    return end;
  }

  /** Finds the line's end; a fault where a character that no line may hold comes before it. */
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
      } else if (isSurrogate(codeUnit) || (isControl(codeUnit) && !isBlank(codeUnit))) return FAULT;
    }
    this.#pairs = pairs;
    return index;
  }
}
