import {
  DIGIT_0,
  HASH,
  LF,
  MINUS,
  codeUnitAt,
  findLineEnd,
  findNextLine,
  isBlank,
  isControl,
  isLineEnd,
  isPair,
  isSurrogate,
  skipBlanks,
  trimBlanks,
} from "./characters.ts";
import { matchOpcode } from "./match-opcode.ts";
import type { IntegerOperand } from "./opcodes.ts";
import type { Instruction } from "./types.ts";

/** A line without an instruction: blank, or a comment. */
export const EMPTY_LINE = "empty";
/** A line that is no part of a correct program; `diagnoseLine` says why. */
export const FAULTY_LINE = "faulty";

/**
 * Reads the lines of a correct program at speed, one pass and no intermediate strings. It knows only that a line is
 * faulty, not how: explaining is another reading of that line, in diagnose-line.ts.
 */
export class LineScanner {
  readonly #source: string;
  #position: number;
  /** Surrogate pairs in the text that was read last. */
  #pairs = 0;
  /** A string in every slot keeps the engine from unboxing the array and boxing each integer again. */
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
    const start = skipBlanks(source, lineStart);
    if (codeUnitAt(source, start) === HASH) {
      const end = this.#findTextEnd(start);
      if (end < 0) return FAULTY_LINE;
      this.#position = findNextLine(source, end);
      return EMPTY_LINE;
    }
    if (isLineEnd(source, start)) {
      this.#position = findNextLine(source, start);
      return EMPTY_LINE;
    }

    let end = start;
    while (isLetter(codeUnitAt(source, end))) end++;
    const entry = matchOpcode(source, start, end);
    if (entry === undefined) return FAULTY_LINE;

    this.#pairs = 0;
    const { operands } = entry;
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i];
      if (operand === undefined || !isBlank(codeUnitAt(source, end))) return FAULTY_LINE;
      end = operand.kind === "text" ? this.#readText(i, end + 1) : this.#readInteger(i, end, operand);
      if (end < 0) return FAULTY_LINE;
    }

    const rest = skipBlanks(source, end);
    if (!isLineEnd(source, rest)) return FAULTY_LINE;
    this.#position = findNextLine(source, rest);
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

  /** Returns the index after the integer, or −1. */
  #readInteger(slot: number, separator: number, operand: IntegerOperand): number {
    const source = this.#source;
    let index = skipBlanks(source, separator + 1);
    const negative = codeUnitAt(source, index) === MINUS;
    if (negative) index++;
    let digit = codeUnitAt(source, index) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    let value = 0;
    // Exact up to 2⁵³, far beyond every range; a longer number only has to stay too large, which Infinity does.
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = codeUnitAt(source, ++index) - DIGIT_0;
    }
    // Subtracting turns "-0" into 0, where negating would make a negative zero.
    if (negative) value = 0 - value;
    if (value < operand.min || value > operand.max) return -1;
    this.#values[slot] = value;
    return index;
  }

  /** Returns the index after the last character of the text that is not blank, or −1. */
  #readText(slot: number, start: number): number {
    const lineEnd = this.#findTextEnd(start);
    if (lineEnd < 0) return -1;
    const end = trimBlanks(this.#source, start, lineEnd);
    if (end === start) return -1;
    this.#values[slot] = this.#source.slice(start, end);
    return end;
  }

  /** Index of the line's end, or −1 where a character that no line may hold comes before it. */
  #findTextEnd(start: number): number {
    const source = this.#source;
    let pairs = 0;
    let index = start;
    for (; ; index++) {
      const codeUnit = codeUnitAt(source, index);
      if (codeUnit >= 0x20 && codeUnit < 0x7f) continue;
      if (codeUnit === LF || isLineEnd(source, index)) break;
      if (isSurrogate(codeUnit)) {
        if (!isPair(source, index)) return -1;
        pairs++;
        index++;
      } else if (isControl(codeUnit) && !isBlank(codeUnit)) return -1;
    }
    this.#pairs = pairs;
    return index;
  }
}

function isLetter(codeUnit: number): boolean {
  const folded = codeUnit | 0x20;
  return folded >= 0x61 && folded <= 0x7a;
}
