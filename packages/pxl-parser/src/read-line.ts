import { DIGIT_0, HASH, findWordEnd, isBlank, skipBlanks } from "./characters.ts";
import { COLOR_NAMES_2, readColor } from "./colors.ts";
import { findRelation, isIs, readSide } from "./comparison.ts";
import type { PxlErrorCode } from "./errors.ts";
import { ExpressionReader, type Item, type Names, type Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { containsForbidden } from "./forbidden.ts";
import type { Instruction } from "./instructions.ts";
import { LineColumns } from "./line-columns.ts";
import { matchOpcode } from "./match-opcode.ts";
import { isName, nameInBraces, notAName, readLabel } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import { OPCODES, usageOf, type OpcodeEntry } from "./opcodes.ts";
import type {
  Channels,
  ColorValue,
  Direction,
  FontName,
  IntegerOperand,
  IntegerValue,
  Operand,
  OperandValue,
  PaletteEntry,
  Reference,
} from "./operands.ts";
import { OPERATORS, type OperatorName } from "./operator-table.ts";
import { quote } from "./quote.ts";
import { readRow } from "./read-row.ts";
import { notAColor, parseInteger, readAlignment, readRelation } from "./read-word.ts";
import type { Scope } from "./scope.ts";
import type { Span } from "./span.ts";
import { splitText } from "./split-text.ts";
import { MAX_ARGUMENTS, type Procedure } from "./structure.ts";

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

/** The result of {@link readLine}. */
export interface LineReading {
  /** `undefined` if the line has a fault, or no instruction. */
  readonly instruction: Instruction | undefined;
  /** In source order, except forbidden characters. */
  readonly findings: readonly Finding[];
  /** True if the lines after it are the rows of a picture. */
  readonly hasRows: boolean;
}

/** Longer words are never treated as an opcode without a space after it. */
const MAX_OPCODE_LENGTH = 16;
const MAX_CELLS = 65_536;
const MAX_POINTS = 4096;
/** Greatest number of a channel. */
const MAX_CHANNEL = 255;

const FONTS: readonly FontName[] = ["3x5", "5x7", "8x13", "5x7-intl", "8x13-intl"];
const DIRECTIONS: readonly Direction[] = ["right", "down", "left", "up"];
const BUILT_INS: ReadonlyMap<string, OperatorName> = new Map(
  OPERATORS.filter(({ kind }) => kind === "name").map(({ name }) => [name, name]),
);

const NUMBER = "a number, or a name that a PARAM, INT, SET or FOR declares";
const ARRAY = "the name of a LIST or an ARRAY";

/** The value of a faulty operand, which has no range. */
const NOTHING: Reference = { name: "", span: { line: 1, column: 1, length: 1 } };

/**
 * Reads a line that `LineScanner` does not read: one of language version 2, or one with faults. Adds what it declares to
 * the scope.
 */
export function readLine(line: Line, scope: Scope): LineReading {
  return new LineReader(line, scope).read();
}

class LineReader implements Names {
  readonly #source: string;
  readonly #line: Line;
  readonly #scope: Scope;
  readonly #findings: Finding[] = [];
  readonly #columns: LineColumns;
  /** Created at the first use. */
  #expressionReader: ExpressionReader | undefined;
  #usage = "";
  #op = "";
  /** Code unit from which the next word is searched. */
  #index: number;
  /** The number of findings before the operand. */
  #operandFindings = 0;
  /** True if the rest of the line is not read. */
  #isAborted = false;
  #hasRows = false;

  constructor(line: Line, scope: Scope) {
    this.#source = line.source;
    this.#line = line;
    this.#scope = scope;
    this.#index = line.start;
    this.#columns = new LineColumns(line.source, line.line, line.start, line.end);
  }

  get #expressions(): ExpressionReader {
    this.#expressionReader ??= new ExpressionReader(this.#source, this.#line.end, this.#columns, this);
    return this.#expressionReader;
  }

  read(): LineReading {
    const { end } = this.#line;
    const instruction = this.#read();
    this.#findings.sort((a, b) => a.start - b.start);
    const isCorrect =
      instruction !== undefined &&
      this.#findings.length === 0 &&
      !containsForbidden(this.#source, this.#line.start, end);
    return {
      instruction: isCorrect ? instruction : undefined,
      findings: this.#findings,
      hasRows: this.#hasRows,
    };
  }

  #read(): Instruction | undefined {
    const first = this.#nextWord();
    if (first === undefined || this.#source.charCodeAt(first.start) === HASH) return undefined;
    const label = readLabel(this.#source, first.start, this.#line.end);
    const entry = matchOpcode(this.#source, first.start);
    if (label !== undefined) {
      this.#readLabel(label.name, first);
    } else if (entry?.name.length === first.end - first.start) {
      return this.#readInstruction(entry, first.start);
    } else if (this.#source.slice(first.start, first.end) === "|") {
      this.#add("PXL_NO_IMAGE", { start: first.start, end: this.#line.end }, () => {
        return `expected a row of a picture only directly after an IMAGE or another row, got ${this.#quote(first)}`;
      });
    } else {
      this.#findUnknown(first);
    }
    return undefined;
  }

  #readLabel(name: string, word: Range): void {
    const span = {
      line: this.#line.line,
      column: word.start - this.#line.start + 1,
      length: word.end - word.start,
    };
    this.#usage = `${name}:`;
    const fault = this.#scope.defineLabel(name, this.#line.instructionIndex, span);
    if (fault !== undefined) this.#addFault(fault, word);
    this.#findExtra();
  }

  #findUnknown(word: Range): void {
    const text = this.#text(word);
    if (text.endsWith(":")) {
      this.#usage = "name:";
      this.#addFault(notAName(text.slice(0, -1)), word);
      this.#findExtra();
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

  #readInstruction(entry: OpcodeEntry, start: number): Instruction | undefined {
    const scope = this.#scope;
    this.#usage = usageOf(entry);
    this.#op = entry.name;
    this.#hasRows = entry.name === "IMAGE";
    // Blocks are part of the structure, which must have been read.
    const mayNeedBlocks = entry.since > 1 || entry.name === "IF" || entry.name === "CALL";
    if (mayNeedBlocks || scope.hasBlocks) scope.enterLine(this.#line.line);
    const fields: Record<string, unknown> = {};
    this.#readOperands(entry, fields);
    if (!this.#isAborted) this.#findExtra();
    this.#declare(entry, fields);
    if (this.#findings.length > 0) return undefined;
    scope.addInstruction(entry, undefined);
    return this.#build(entry, fields, this.#columns.span(start, this.#line.end));
  }

  #declare({ name: op, declares }: OpcodeEntry, { name, index }: Record<string, unknown>): void {
    const scope = this.#scope;
    if (declares === undefined || typeof name !== "string") return;
    if (declares === "variable") {
      if (index === undefined && this.#variable !== undefined) scope.setVariable(this.#variable);
    } else if (!scope.names.has(name)) {
      scope.names.set(name, declares);
    }
    if (op === "FOR" || op === "SET") scope.dependsOnValues = true;
  }

  /** The name of the variable that the line sets, as it is written. */
  #variable: string | undefined;

  #build(entry: OpcodeEntry, fields: Record<string, unknown>, span: Span): Instruction {
    const { name: op, core, group, since } = entry;
    const { line, column, length } = span;
    if (since === 1 && group === undefined && op !== "IF") {
      // Equal in shape to the instructions of version 1.
      const values = core.map(({ name }) => fields[name] as OperandValue);
      const instruction = entry.build(values, line, column, length) as unknown as Record<string, unknown>;
      for (const name in fields) if (!(name in instruction)) instruction[name] = fields[name];
      return instruction as unknown as Instruction;
    }
    if (group !== undefined) {
      const values = core.map(({ name }) => fields[name] as OperandValue);
      return entry.build(Object.keys(fields).length === 0 ? [] : values, line, column, length);
    }
    const variables = this.#loopVariables(op);
    const target = hasTarget(op) ? { target: 0 } : {};
    return { op, ...fields, ...variables, ...target, line, column, length } as unknown as Instruction;
  }

  /** Returns the fields that later lines complete. */
  #loopVariables(op: string): object {
    const { line } = this.#line;
    const { procedure } = this.#scope;
    const prefix = procedure === undefined ? "" : `${procedure.name}.`;
    if (op === "FOR") {
      return { limitName: `${prefix}for@${line}.limit`, stepName: `${prefix}for@${line}.step` };
    }
    if (op === "NEXT") return { name: "", limitName: "", stepName: "" };
    if (op === "END") return { closes: "IF" };
    return {};
  }

  #readOperands(entry: OpcodeEntry, fields: Record<string, unknown>): void {
    const { name: op, operands, isOptional } = entry;
    if (op === "IF") return this.#readComparison(fields);
    if (op === "CALL") return this.#readCall(fields);
    if (op === "DEF") return this.#readDefinition(fields);
    for (const [i, operand] of operands.entries()) {
      if (this.#isAborted) return undefined;
      if (operand.kind === "picture") {
        fields[operand.name] = [];
        continue;
      }
      const start = skipBlanks(this.#source, this.#index);
      if (start >= this.#line.end && operand.kind !== "default" && operand.kind !== "integers") {
        if (operand.isOptional || (isOptional && i === 0)) break;
        if (operand.kind === "rows") this.#readRows(fields);
        else this.#addMissing(operands.slice(i), operand);
        break;
      }
      if (operand.isOptional && this.#isComment(start)) break;
      const value = this.#readOperand(operand, start, fields);
      if (value !== undefined) fields[operand.name] = value;
    }
    if (op === "INT") this.#checkInt(fields);
    if (op === "CANVAS" || op === "FRAMES") this.#setDirective(op, fields);
    return undefined;
  }

  /** Reads an operand, the first character of which is at `start`. Returns `undefined` if it is faulty. */
  #readOperand(operand: Operand, start: number, fields: Record<string, unknown>): unknown {
    switch (operand.kind) {
      case "position":
      case "size":
      case "scale":
      case "number":
        return this.#readNumber(operand, start, fields);
      case "value":
        return this.#readValue(operand, start);
      case "side":
      case "literal":
      case "decimals":
      case "cells":
      case "dimension":
      case "count":
        return this.#readLiteral(operand, this.#takeWord(start));
      case "color":
        return this.#readColor(start);
      case "color stop":
        return this.#readColorStop(this.#takeWord(start));
      case "literal color":
        return this.#readLiteralColor(this.#takeWord(start));
      case "alignment":
        return this.#check(readAlignment, this.#takeWord(start));
      case "direction":
        return this.#readChoice(start, DIRECTIONS, "PXL_NOT_A_DIRECTION");
      case "font":
        return this.#readChoice(start, FONTS, "PXL_NOT_A_FONT");
      case "parameter":
      case "array":
        return this.#readNewName(this.#takeWord(start));
      case "variable":
      case "set variable":
        return this.#readVariable(operand, start, fields);
      case "label":
        return this.#readJumpLabel(this.#takeWord(start));
      case "text":
      case "template":
        return this.#readText(operand.kind);
      case "default":
        this.#index = this.#line.end;
        return this.#source.slice(Math.min(start, this.#line.end), this.#line.end);
      case "rows":
        return this.#readRows(fields);
      case "integers":
        return this.#readIntegers();
      case "points":
        return this.#readPoints(start);
      case "palette":
        return this.#readPalette();
      default:
        throw new TypeError(`expected an operand that is read alone, got ${operand.kind}`);
    }
  }

  // Numbers

  valueOf(name: string, place: Range): IntegerValue {
    const span = this.#columns.span(place.start, place.end);
    const declared = this.#scope.resolve(name);
    if (declared === undefined) {
      const operator = BUILT_INS.get(name);
      this.#scope.dependsOnValues = true;
      if (operator !== undefined) return { operator, operands: [], span };
      this.#addFault(this.#undeclared(name, place), place);
      return NOTHING;
    }
    if (declared.kind === "array") {
      const hint = (): Suggestion => ({ word: `${name}[0] or len(${name})`, isCertain: false });
      this.#addFault(new Fault("PXL_NOT_A_NUMBER", () => "expected a number, not an array", hint), place);
      return NOTHING;
    }
    this.#scope.dependsOnValues = true;
    return { name: declared.name, span };
  }

  arrayOf(name: string, place: Range): string {
    const declared = this.#scope.resolve(name);
    if (declared === undefined) {
      this.#addFault(this.#undeclared(name, place, ARRAY), place);
    } else if (declared.kind !== "array") {
      this.#addFault(new Fault("PXL_NOT_AN_ARRAY", () => `expected ${ARRAY}`), place);
    }
    this.#scope.dependsOnValues = true;
    return name;
  }

  report(code: PxlErrorCode, place: Range, expected: () => string): void {
    this.#addFault(new Fault(code, expected), place);
  }

  #undeclared(name: string, { start }: Range, wanted = NUMBER): Fault {
    return new Fault(
      "PXL_UNDECLARED_NAME",
      () => `expected ${wanted}`,
      () => {
        const found = this.#scope.suggestName(name);
        return found && this.#source.charAt(start) === "{" ? { ...found, word: `{${found.word}}` } : found;
      },
    );
  }

  #readNumber(operand: IntegerOperand, start: number, fields: Record<string, unknown>): unknown {
    const item = this.#readItem(operand.name, operand.min, start);
    if (item === undefined) return undefined;
    const isStep = operand.name === "step" && "from" in fields;
    return this.#inRange(operand, item, isStep);
  }

  /** Reads one word. Ends the line if its end is unknown. */
  #readItem(name: string, min: number, start: number): Item | undefined {
    this.#operandFindings = this.#findings.length;
    const item = this.#readDigits(start) ?? this.#expressions.readOperand(start, false);
    if (item !== undefined && this.#isEnd(item.end)) {
      this.#index = item.end;
      // An expression of literals has a value only when it runs.
      if (typeof item.value !== "number") this.#scope.dependsOnValues = true;
      return item;
    }
    const end = this.#findOperandEnd(start);
    this.#index = end;
    this.#addMalformed(name, min, item, { start, end });
    return undefined;
  }

  /** Reads a word of digits, which most operands are; `undefined` for another one. */
  #readDigits(start: number): Item | undefined {
    let value = 0;
    let end = start;
    for (; ; end++) {
      const digit = this.#source.charCodeAt(end) - DIGIT_0;
      if (end >= this.#line.end || digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    return end > start && this.#isEnd(end) ? { value, start, end } : undefined;
  }

  #readValue(operand: IntegerOperand, start: number): unknown {
    this.#operandFindings = this.#findings.length;
    const side = readSide(this.#expressions, this.#source, start, this.#line.end, false);
    this.#index = side.end;
    if (side.item !== undefined) return this.#inRange(operand, side.item, false);
    this.#addMalformed(operand.name, operand.min, undefined, { start, end: side.end });
    return undefined;
  }

  #isComment(index: number): boolean {
    return this.#source.charCodeAt(index) === HASH && this.#isEnd(index + 1);
  }

  #isEnd(index: number): boolean {
    return index >= this.#line.end || isBlank(this.#source.charCodeAt(index));
  }

  #addMalformed(name: string, min: number, item: Item | undefined, place: Range): void {
    const { problem } = this.#expressions;
    if (problem?.isReported === true) {
      this.#isAborted = true;
      return;
    }
    // The parts of a malformed operand have no meaning.
    this.#findings.length = this.#operandFindings;
    const example = `expected ${name} as an integer such as 12${min < 0 ? " or -3" : ""}, a name or an expression`;
    const index = item?.end ?? problem?.index ?? place.start;
    const wanted = item === undefined ? (problem?.expected ?? "a blank") : "an operator or a blank";
    this.#add("PXL_NOT_AN_INTEGER", place, () => {
      const column = this.#columns.column(index);
      const detail = index > place.start ? `; column ${column}: expected ${wanted}` : "";
      return `${example} (${this.#usage}), got ${this.#quote(place)}${detail}`;
    });
  }

  #inRange({ name, min, max }: IntegerOperand, { value, start, end }: Item, isStep: boolean): unknown {
    if (typeof value === "number" && (value < min || value > max || (isStep && value === 0))) {
      const expected = (): string =>
        isStep ? `expected ${name} other than 0` : `expected ${name} from ${min} to ${max}`;
      this.#addFault(new Fault("PXL_OUT_OF_RANGE", expected), { start, end });
      return undefined;
    }
    return value;
  }

  /** Returns the end of a malformed operand: the first blank outside brackets, or the first one if they are not closed. */
  #findOperandEnd(start: number): number {
    let depth = 0;
    for (let index = start; index < this.#line.end; index++) {
      const character = this.#source.charAt(index);
      if (depth === 0 && isBlank(this.#source.charCodeAt(index))) return index;
      if ("([{".includes(character)) depth++;
      if (")]}".includes(character)) depth--;
      if (depth < 0) break;
    }
    return depth === 0 ? this.#line.end : findWordEnd(this.#source, start, this.#line.end);
  }

  #readLiteral(operand: IntegerOperand, word: Range): number | undefined {
    const text = this.#text(word);
    const value = parseInteger(text);
    const { name, min, max } = operand;
    if (value === undefined) {
      const example = `expected ${name} as an integer such as 12${min < 0 ? " or -3" : ""}`;
      this.#addFault(new Fault("PXL_NOT_AN_INTEGER", () => example), word);
      return undefined;
    }
    let isTooMany = false;
    if (operand.kind === "cells" && value >= min && value <= max) {
      isTooMany = this.#scope.cells + value > MAX_CELLS;
      this.#scope.cells += value;
    }
    if (isTooMany) this.#addTooManyCells(word);
    if (operand.kind === "literal") this.#literals.set(name, word);
    if (value >= min && value <= max) return value;
    this.#addFault(new Fault("PXL_OUT_OF_RANGE", () => `expected ${name} from ${min} to ${max}`), word);
    return undefined;
  }

  /** The places of the literals of INT. */
  readonly #literals = new Map<string, Range>();

  #checkInt(fields: Record<string, unknown>): void {
    const { lo, hi, value } = fields as Record<string, number | undefined>;
    const [hiPlace, valuePlace] = [this.#literals.get("hi"), this.#literals.get("value")];
    fields["decimals"] ??= 0;
    if (lo === undefined || hi === undefined || hiPlace === undefined) return;
    if (lo > hi) {
      this.#addFault(new Fault("PXL_OUT_OF_RANGE", () => `expected hi of at least lo, ${lo}`), hiPlace);
    } else if (value !== undefined && valuePlace !== undefined && (value < lo || value > hi)) {
      this.#addFault(
        new Fault("PXL_OUT_OF_RANGE", () => `expected value from lo to hi, ${lo} to ${hi}`),
        valuePlace,
      );
    }
  }

  #readIntegers(): readonly number[] {
    const values: number[] = [];
    for (let word = this.#nextWord(); word !== undefined; word = this.#nextWord()) {
      const value = parseInteger(this.#text(word));
      if (value === undefined) {
        const expected = (): string => "expected an integer such as 12 or -3";
        this.#addFault(new Fault("PXL_NOT_AN_INTEGER", expected), word);
      } else if (value < -(2 ** 31) || value > 2 ** 31 - 1) {
        const expected = (): string => `expected an integer from ${-(2 ** 31)} to ${2 ** 31 - 1}`;
        this.#addFault(new Fault("PXL_OUT_OF_RANGE", expected), word);
      } else {
        values.push(value);
      }
      this.#scope.cells++;
      if (this.#scope.cells === MAX_CELLS + 1) {
        this.#addTooManyCells(word);
        this.#isAborted = true;
        break;
      }
      if (this.#scope.cells > MAX_CELLS) {
        this.#isAborted = true;
        break;
      }
    }
    return values;
  }

  #addTooManyCells(place: Range): void {
    const expected = (): string => `expected at most ${MAX_CELLS} cells in all lists and arrays`;
    this.#addFault(new Fault("PXL_TOO_MANY_CELLS", expected), place);
  }

  #readPoints(start: number): string | readonly IntegerValue[] {
    const wordEnd = findWordEnd(this.#source, start, this.#line.end);
    const name = this.#source.slice(start, wordEnd);
    if (isName(name) && wordEnd === this.#line.end) {
      this.#index = wordEnd;
      return this.arrayOf(name, { start, end: wordEnd });
    }
    const values: IntegerValue[] = [];
    let at = start;
    while (at < this.#line.end) {
      if (values.length === 2 * MAX_POINTS) {
        const end = findWordEnd(this.#source, at, this.#line.end);
        const expected = (): string => `expected at most ${MAX_POINTS} points`;
        this.#addFault(new Fault("PXL_TOO_MANY_POINTS", expected), { start: at, end });
        this.#isAborted = true;
        return values;
      }
      const item = this.#readItem("points", -1, at);
      if (item === undefined) {
        this.#isAborted = true;
        return values;
      }
      const { value } = item;
      if (typeof value === "number" && (value < -(2 ** 31) || value >= 2 ** 32)) {
        const expected = (): string => `expected a position from ${-(2 ** 31)} to ${2 ** 32 - 1}`;
        this.#addFault(new Fault("PXL_OUT_OF_RANGE", expected), item);
      }
      values.push(value);
      at = Math.min(skipBlanks(this.#source, this.#index), this.#line.end);
    }
    if (values.length % 2 !== 0) {
      const end = this.#line.end;
      this.#add("PXL_MISSING_OPERAND", { start: end, end }, () => {
        return `expected a row for each column (${this.#usage}), got the end of the line`;
      });
    }
    return values;
  }

  // Colours

  #readColor(start: number): ColorValue | undefined {
    const words: Range[] = [];
    let at = start;
    while (at < this.#line.end && words.length < 5) {
      const word = { start: at, end: this.#findOperandEnd(at) };
      words.push(word);
      at = Math.min(skipBlanks(this.#source, word.end), this.#line.end);
    }
    const [first = { start, end: start }, second] = words;
    const hasComment = words.slice(1, 3).some((word) => this.#isComment(word.start));
    const isColor = readColor(this.#text(first), "2") !== undefined;
    if (second === undefined || hasComment || (isColor && words.length === 2)) {
      this.#index = first.end;
      return this.#readColorStop(first);
    }
    return this.#readChannels(start);
  }

  #readChannels(start: number): ColorValue | undefined {
    const names = ["red", "green", "blue", "alpha"];
    const values: IntegerValue[] = [];
    let at = start;
    for (const name of names) {
      at = skipBlanks(this.#source, at);
      if (at >= this.#line.end) break;
      const item = this.#readItem(name, 0, at);
      at = this.#index;
      if (this.#isAborted) return undefined;
      const range = { kind: "number", name, min: 0, max: MAX_CHANNEL } as IntegerOperand;
      const value = item && this.#inRange(range, item, false);
      values.push((value as IntegerValue | undefined) ?? NOTHING);
    }
    if (values.length < 3) {
      const end = this.#line.end;
      const missing = names.slice(values.length, 3).join(", ");
      this.#add("PXL_MISSING_OPERAND", { start: end, end }, () => {
        return `expected ${missing} (COLOR red green blue [alpha]), got the end of the line`;
      });
      return undefined;
    }
    const [red = 0, green = 0, blue = 0, alpha] = values;
    if (values.every((value) => typeof value === "number")) {
      const [r = 0, g = 0, b = 0, a = MAX_CHANNEL] = values;
      return ((r * 256 + g) * 256 + b) * 256 + a;
    }
    const channels: Channels = { red, green, blue, span: this.#columns.span(start, this.#index) };
    return alpha === undefined ? channels : { ...channels, alpha };
  }

  #readColorStop(word: Range): number | Reference | undefined {
    const text = this.#text(word);
    const color = readColor(text, "2");
    if (color !== undefined) return color;
    const name = nameInBraces(text);
    const declared = name === undefined ? undefined : this.#scope.resolve(name);
    if (name !== undefined && (declared === undefined || declared.kind === "parameter")) {
      if (declared !== undefined) {
        this.#scope.dependsOnValues = true;
        return { name, span: this.#columns.span(word.start, word.end) };
      }
      this.#addFault(this.#undeclared(name, word, "a name that a PARAM declares"), word);
    } else {
      this.#addFault(notAColor(text, COLOR_NAMES_2.keys(), this.#scope), word);
    }
    return undefined;
  }

  #readLiteralColor(word: Range): number | undefined {
    const text = this.#text(word);
    const color = readColor(text, "2");
    if (color === undefined) this.#addFault(notAColor(text, COLOR_NAMES_2.keys(), this.#scope), word);
    return color;
  }

  // Words

  #readChoice<Name extends string>(
    start: number,
    names: readonly Name[],
    code: PxlErrorCode,
  ): Name | undefined {
    const word = this.#takeWord(start);
    const text = this.#text(word);
    // ASCII only: Unicode has other letters whose lower case is one of a name.
    const lower = /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : text;
    const found = names.find((name) => name === lower);
    if (found !== undefined) return found;
    const hint = (): Suggestion | undefined => nearest(text, names);
    this.#addFault(new Fault(code, () => `expected one of ${names.join(", ")}`, hint), word);
    return undefined;
  }

  #check<Value>(read: (text: string) => Value | Fault, word: Range): Value | undefined {
    const value = read(this.#text(word));
    if (!(value instanceof Fault)) return value;
    this.#addFault(value, word);
    return undefined;
  }

  #readNewName(word: Range): string | undefined {
    const name = this.#text(word);
    if (!isName(name)) {
      this.#addFault(notAName(name), word);
    } else if (this.#scope.names.has(name)) {
      const expected = (): string => "expected a name that no earlier line declares";
      this.#addFault(new Fault("PXL_DUPLICATE_NAME", expected), word);
    } else {
      return name;
    }
    return undefined;
  }

  /** Reads the variable that the line changes, or the cell of an array. */
  #readVariable(operand: Operand, start: number, fields: Record<string, unknown>): string | undefined {
    const { end } = this.#line;
    const [name = ""] =
      /^[A-Za-z_][A-Za-z0-9_]*(?=\[)/.exec(this.#source.slice(start, Math.min(end, start + 66))) ?? [];
    if (name !== "" && operand.kind === "variable" && this.#op === "SET") {
      return this.#readCell(name, start, fields);
    }
    const word = this.#takeWord(start);
    const text = this.#text(word);
    if (!isName(text)) {
      this.#addFault(notAName(text), word);
      return undefined;
    }
    const declared = this.#scope.resolve(text);
    this.#scope.dependsOnValues = true;
    if (declared === undefined) {
      this.#addFault(this.#undeclared(text, word, "a variable that a SET or FOR declares"), word);
      return undefined;
    }
    if (declared.kind !== "variable") {
      const expected =
        declared.kind === "parameter"
          ? "expected a variable, not a parameter"
          : `expected a variable or a cell such as ${text}[0], not an array`;
      this.#addFault(new Fault("PXL_NOT_A_VARIABLE", () => expected), word);
      return undefined;
    }
    if (operand.kind === "variable") this.#variable = text;
    return declared.name;
  }

  #readCell(name: string, start: number, fields: Record<string, unknown>): string | undefined {
    const bracket = start + name.length;
    this.#operandFindings = this.#findings.length;
    const index = this.#expressions.readIndex(bracket);
    const end = this.#expressions.index;
    if (index === undefined || !this.#isEnd(end)) {
      const place = { start, end: this.#findOperandEnd(start) };
      this.#index = place.end;
      this.#addMalformed("index", 0, undefined, place);
      return undefined;
    }
    this.#index = end;
    const array = this.arrayOf(name, { start, end: bracket });
    fields["name"] = array;
    fields["index"] = index.value;
    return array;
  }

  #readJumpLabel(word: Range): string | undefined {
    const text = this.#text(word);
    if (!isName(text)) {
      this.#addFault(notAName(text), word);
      return undefined;
    }
    if (this.#scope.hasLabel(text)) return text;
    const isProcedure = this.#scope.structure.procedureByName.has(text);
    this.#addFault(
      new Fault(
        "PXL_UNDEFINED_LABEL",
        () => 'expected a label that a line "name:" defines',
        () => (isProcedure ? { word: `CALL ${text}`, isCertain: false } : this.#scope.suggestLabel(text)),
      ),
      word,
    );
    return undefined;
  }

  // Texts

  #readText(kind: "text" | "template"): unknown {
    // The text begins after exactly one blank.
    const start = this.#index + 1;
    const { end } = this.#line;
    this.#index = end;
    if (kind === "template") {
      const text = this.#expressions.readTemplate(start, end);
      if (typeof text !== "string") this.#scope.dependsOnValues = true;
      return text;
    }
    const place = { line: this.#line.line, column: this.#columns.column(start) };
    return splitText(this.#source.slice(start, end), place, this.#scope);
  }

  // Pictures

  /** Without a valid width and height, the rows are not checked. */
  #readRows({ w, h }: Record<string, unknown>): readonly string[] | Reference | undefined {
    this.#isAborted = typeof w !== "number" || typeof h !== "number";
    if (typeof w !== "number" || typeof h !== "number") return undefined;
    const rows: string[] = [];
    for (let row = 0; row < h; row++) {
      const word = this.#nextWord();
      const name = row === 0 && word !== undefined ? nameInBraces(this.#text(word)) : undefined;
      if (word !== undefined && name !== undefined) return this.#readParameter(name, word);
      if (word === undefined) {
        const { end } = this.#line;
        const message = (): string =>
          `expected ${h} rows (${this.#usage}), got ${row}, got the end of the line`;
        this.#add("PXL_MISSING_OPERAND", { start: end, end }, message);
        return undefined;
      }
      const digits = readRow(this.#text(word), w);
      if (digits instanceof Fault) {
        this.#addFault(digits, word);
      } else {
        rows.push(digits);
      }
    }
    return rows;
  }

  #readParameter(name: string, word: Range): Reference | undefined {
    const declared = this.#scope.resolve(name);
    if (declared?.kind === "parameter") {
      this.#scope.dependsOnValues = true;
      return { name, span: this.#columns.span(word.start, word.end) };
    }
    const isVariable = (): string => "expected the name of a PARAM, not of a variable or an array";
    this.#addFault(
      declared === undefined ? this.#undeclared(name, word) : new Fault("PXL_NOT_A_ROW", isVariable),
      word,
    );
    return undefined;
  }

  #readPalette(): readonly PaletteEntry[] {
    const entries = new Map<string, PaletteEntry>();
    for (let word = this.#nextWord(); word !== undefined; word = this.#nextWord()) {
      const text = this.#text(word);
      const key = String.fromCodePoint(text.codePointAt(0) ?? 0);
      if (text.charAt(key.length) !== "=") {
        const expected = (): string => "expected a character and its colour, such as r=red";
        this.#addFault(new Fault("PXL_NOT_A_PIXEL", expected), word);
        continue;
      }
      if (entries.has(key)) {
        const expected = (): string => "expected each character once";
        this.#addFault(new Fault("PXL_NOT_A_PIXEL", expected), word);
        continue;
      }
      const color = this.#readLiteralColor({ start: word.start + key.length + 1, end: word.end });
      entries.set(key, { key, color: color ?? 0 });
    }
    return [...entries.values()];
  }

  // Structure

  #readComparison(fields: Record<string, unknown>): void {
    const { end } = this.#line;
    const source = this.#source;
    const start = skipBlanks(source, this.#index);
    if (start >= end) return this.#addMissingNames(["left", "relation", "right"]);
    this.#operandFindings = this.#findings.length;
    const left = readSide(this.#expressions, source, start, end, true);
    this.#index = left.end;
    const leftRange = { start, end: left.end };
    const relation = findRelation(source, left.end, end);
    if (isIs(source, relation)) {
      fields["left"] = this.#readTextName(leftRange);
      fields["relation"] = "IS";
      this.#index = relation.end;
      const word = this.#nextWord();
      if (word === undefined) return this.#addMissingNames(["right"]);
      fields["right"] = this.#text(word);
      return this.#readIfLabel(fields);
    }
    const operand = { kind: "value", min: -(2 ** 31), max: 2 ** 31 - 1 } as IntegerOperand;
    if (left.item === undefined) {
      this.#addMalformed("left", -1, undefined, leftRange);
    } else {
      fields["left"] = this.#inRange({ ...operand, name: "left" }, left.item, false);
    }
    if (this.#isAborted) return undefined;
    if (relation.start >= end) return this.#addMissingNames(["relation", "right"]);
    fields["relation"] = this.#check(readRelation, relation);
    this.#index = relation.end;
    const rightStart = skipBlanks(source, relation.end);
    if (rightStart >= end) return this.#addMissingNames(["right"]);
    this.#operandFindings = this.#findings.length;
    const right = readSide(this.#expressions, source, rightStart, end, false);
    this.#index = right.end;
    if (right.item === undefined) {
      this.#addMalformed("right", -1, undefined, { start: rightStart, end: right.end });
    } else {
      fields["right"] = this.#inRange({ ...operand, name: "right" }, right.item, false);
    }
    if (this.#isAborted) return undefined;
    return this.#readIfLabel(fields);
  }

  #readIfLabel(fields: Record<string, unknown>): void {
    const word = this.#nextWord();
    if (word !== undefined) fields["label"] = this.#readJumpLabel(word);
  }

  /** Reads the left side of IS. The name has been read as an expression, which reports it if nothing declares it. */
  #readTextName(place: Range): Reference | undefined {
    const name = this.#text(place);
    const declared = isName(name) ? this.#scope.resolve(name) : undefined;
    if (declared?.kind === "parameter") {
      this.#scope.dependsOnValues = true;
      return { name, span: this.#columns.span(place.start, place.end) };
    }
    if (this.#findings.length === 0) {
      const expected = (): string => "expected the name of a PARAM or an INT before IS";
      this.#addFault(new Fault("PXL_NOT_A_NAME", expected), place);
    }
    return undefined;
  }

  #readCall(fields: Record<string, unknown>): void {
    const word = this.#nextWord();
    if (word === undefined) return this.#addMissingNames(["label"]);
    const name = this.#text(word);
    const procedure = this.#scope.structure.procedureByName.get(name);
    if (procedure === undefined || this.#scope.labels.has(name)) {
      fields["label"] = this.#readJumpLabel(word);
      if (fields["label"] === undefined && isName(name)) this.#isAborted = true;
      return undefined;
    }
    fields["label"] = name;
    return this.#readArguments(procedure, word, fields);
  }

  #readArguments({ args }: Procedure, word: Range, fields: Record<string, unknown>): void {
    const values: IntegerValue[] = [];
    let count = 0;
    let at = skipBlanks(this.#source, this.#index);
    for (; at < this.#line.end; at = skipBlanks(this.#source, this.#index)) {
      if (count > MAX_ARGUMENTS) break;
      const item = this.#readItem(args[count] ?? "argument", -1, at);
      if (item === undefined) {
        this.#isAborted = true;
        return;
      }
      const operand = {
        name: args[count] ?? "argument",
        min: -(2 ** 31),
        max: 2 ** 31 - 1,
      } as IntegerOperand;
      values.push((this.#inRange(operand, item, false) as IntegerValue | undefined) ?? NOTHING);
      count++;
    }
    this.#isAborted = true;
    if (count !== args.length) {
      const wanted = args.length === 0 ? "no arguments" : `${args.length} arguments, ${args.join(" ")},`;
      const expected = (): string => `expected ${wanted} for ${this.#text(word)}, got ${count}`;
      this.#add(
        "PXL_ARGUMENT_COUNT",
        word,
        () => `${expected()} in ${this.#quote({ start: word.start, end: this.#line.end })}`,
      );
    }
    if (values.length > 0) fields["args"] = values;
  }

  #readDefinition(fields: Record<string, unknown>): void {
    const word = this.#nextWord();
    if (word === undefined) return this.#addMissingNames(["name"]);
    const name = this.#text(word);
    if (!isName(name)) {
      this.#addFault(notAName(name), word);
    } else {
      const fault = this.#scope.defineProcedure(name, this.#line.line);
      if (fault !== undefined) this.#addFault(fault, word);
    }
    const args = new Set<string>();
    for (let at = this.#nextWord(); at !== undefined; at = this.#nextWord()) {
      const arg = this.#text(at);
      if (args.size === MAX_ARGUMENTS) {
        const expected = (): string => `expected at most ${MAX_ARGUMENTS} arguments`;
        this.#addFault(new Fault("PXL_ARGUMENT_COUNT", expected), { start: at.start, end: this.#line.end });
        break;
      }
      if (!isName(arg)) {
        this.#addFault(notAName(arg), at);
      } else if (args.has(arg)) {
        const expected = (): string => "expected each argument once";
        this.#addFault(new Fault("PXL_DUPLICATE_NAME", expected), at);
      }
      args.add(arg);
    }
    this.#isAborted = true;
    const { line } = this.#line;
    const found = this.#scope.structure.procedureByName.get(name);
    const procedure = found?.line === line ? found : undefined;
    fields["name"] = name;
    fields["args"] = Array.from(args, (arg) => `${name}.${arg}`);
    fields["locals"] = [
      ...Array.from(procedure?.locals ?? [], (local) => `${name}.${local}`),
      ...(procedure?.loops ?? []).flatMap((at) => [`${name}.for@${at}.limit`, `${name}.for@${at}.step`]),
    ];
  }

  #setDirective(op: "CANVAS" | "FRAMES", fields: Record<string, unknown>): void {
    const scope = this.#scope;
    const earlier = op === "CANVAS" ? scope.canvas : scope.frames;
    if (earlier !== undefined) {
      const start = skipBlanks(this.#source, this.#line.start);
      const place = { start, end: start + op.length };
      this.#addFault(new Fault("PXL_DUPLICATE_DIRECTIVE", () => `expected one ${op} in a program`), place);
      return;
    }
    const { w = 1, h = 1, background, n = 1, ms = 1 } = fields as Record<string, number | undefined>;
    if (op === "CANVAS") {
      scope.canvas = background === undefined ? { width: w, height: h } : { width: w, height: h, background };
    } else {
      scope.frames = { count: n, delayMs: ms };
    }
  }

  // Faults

  #findExtra(): void {
    const word = this.#nextWord();
    if (word === undefined) return;
    const extra = { start: word.start, end: this.#line.end };
    this.#add(
      "PXL_EXTRA_OPERAND",
      extra,
      () => `expected the end of the line (${this.#usage}), got ${this.#quote(extra)}`,
    );
  }

  #addMissing(missing: readonly Operand[], { kind }: Operand): void {
    const names = missing.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
    this.#addMissingNames(names, kind === "text" || kind === "template");
  }

  #addMissingNames(names: readonly string[], isText = false): void {
    const { end } = this.#line;
    const code = isText ? "PXL_MISSING_TEXT" : "PXL_MISSING_OPERAND";
    this.#add(code, { start: end, end }, () => {
      return `expected ${names.join(", ")} (${this.#usage}), got the end of the line`;
    });
    this.#isAborted = true;
  }

  #addFault({ code, expected, hint }: Fault, word: Range): void {
    const message = (): string => `${expected()} (${this.#usage}), got ${this.#quote(word)}`;
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

  #takeWord(start: number): Range {
    this.#index = findWordEnd(this.#source, start, this.#line.end);
    return { start, end: this.#index };
  }

  #nextWord(): Range | undefined {
    const start = skipBlanks(this.#source, this.#index);
    return start >= this.#line.end ? undefined : this.#takeWord(start);
  }

  #text({ start, end }: Range): string {
    return this.#source.slice(start, end);
  }

  #quote({ start, end }: Range): string {
    return quote(this.#source, start, end);
  }
}

const TARGETS: ReadonlySet<string> = new Set(["IF", "ELSE", "END", "FOR", "NEXT", "DEF"]);

function hasTarget(op: string): boolean {
  return TARGETS.has(op);
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
  const names = OPCODES.map(({ name }) => name);
  const beginning = names.find((name) => upper.startsWith(name));
  return nearest(word, names) ?? (beginning && { word: beginning, isCertain: false });
}
