import { HASH, skipBlanks } from "./characters.ts";
import type { Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { containsForbidden } from "./forbidden.ts";
import type { Instruction } from "./instructions.ts";
import { type Fields, type Finding, type Line, LineCursor, suggest } from "./line-cursor.ts";
import { matchOpcode } from "./match-opcode.ts";
import { notAName, readLabel } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import { OPCODES, usageOf, type OpcodeEntry } from "./opcodes.ts";
import { DIRECTIONS, FONT_NAMES, type Operand, type OperandValue } from "./operands.ts";
import { readColorOperand, readColorStop, readLiteralColor } from "./read-colors.ts";
import { readCall, readComparison, readDefinition } from "./read-control.ts";
import {
  readAlignment,
  readChecked,
  readChoice,
  readJumpLabel,
  readNewName,
  readVariable,
} from "./read-names.ts";
import { checkInt, readIntegers, readLiteral, readNumber, readPoints, readValue } from "./read-numbers.ts";
import { readPalette, readSpriteRows } from "./read-patterns.ts";
import type { Scope } from "./scope.ts";
import type { Span } from "./span.ts";
import { splitText } from "./split-text.ts";

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

/** The opcodes whose targets the blocks give. */
const TARGETS: ReadonlySet<string> = new Set(["IF", "ELSE", "END", "FOR", "NEXT", "DEF"]);

/**
 * Reads a line that `LineScanner` does not read: one of language version 2, or one with faults. Adds what it declares to
 * the scope.
 */
export function readLine(line: Line, scope: Scope): LineReading {
  const cursor = new LineCursor(line, scope);
  const instruction = readContent(cursor);
  const { findings } = cursor;
  findings.sort((a, b) => a.start - b.start);
  const isCorrect =
    instruction !== undefined &&
    findings.length === 0 &&
    !containsForbidden(line.source, line.start, line.end);
  return { instruction: isCorrect ? instruction : undefined, findings, hasRows: cursor.op === "IMAGE" };
}

function readContent(cursor: LineCursor): Instruction | undefined {
  const first = cursor.nextWord();
  if (first === undefined || cursor.source.charCodeAt(first.start) === HASH) return undefined;
  const label = readLabel(cursor.source, first.start, cursor.end);
  const entry = matchOpcode(cursor.source, first.start);
  if (label !== undefined) {
    defineLabel(cursor, label.name, first);
  } else if (entry?.name.length === first.end - first.start) {
    return readInstruction(cursor, entry, first.start);
  } else if (cursor.source.slice(first.start, first.end) === "|") {
    cursor.add("PXL_NO_IMAGE", { start: first.start, end: cursor.end }, () => {
      return `expected a row of a picture only directly after an IMAGE or another row, got ${cursor.quote(first)}`;
    });
  } else {
    findUnknown(cursor, first);
  }
  return undefined;
}

/** Reads the rest of a line that begins with a label. */
function defineLabel(cursor: LineCursor, name: string, word: Range): void {
  const span = {
    line: cursor.line,
    column: word.start - cursor.start + 1,
    length: word.end - word.start,
  };
  cursor.usage = `${name}:`;
  const fault = cursor.scope.defineLabel(name, cursor.instructionIndex, span);
  if (fault !== undefined) cursor.addFault(fault, word);
  cursor.addExtra();
}

/** Reports a word that is neither an opcode nor a label. */
function findUnknown(cursor: LineCursor, word: Range): void {
  const text = cursor.text(word);
  if (text.endsWith(":")) {
    cursor.usage = "name:";
    cursor.addFault(notAName(text.slice(0, -1)), word);
    cursor.addExtra();
    return;
  }
  cursor.scope.hasUnknownLine = true;
  let found: { readonly opcode: Suggestion | undefined } | undefined;
  const findOpcode = (): Suggestion | undefined => (found ??= { opcode: nearestOpcode(text) }).opcode;
  const expected = (): string =>
    findOpcode() === undefined ? "an opcode, a label (name:) or a comment (#)" : "an opcode";
  cursor.add(
    "PXL_UNKNOWN_OPCODE",
    word,
    () => `expected ${expected()}, got ${cursor.quote(word)}`,
    () => suggest(word, findOpcode()),
  );
}

function readInstruction(cursor: LineCursor, entry: OpcodeEntry, start: number): Instruction | undefined {
  const scope = cursor.scope;
  cursor.usage = usageOf(entry);
  cursor.op = entry.name;
  // Blocks are part of the structure, which must have been read.
  const mayNeedBlocks = entry.since > 1 || entry.name === "IF" || entry.name === "CALL";
  if (mayNeedBlocks || scope.hasBlocks) scope.enterLine(cursor.line);
  const fields: Fields = {};
  readOperands(cursor, entry, fields);
  if (!cursor.isAborted) cursor.addExtra();
  declare(cursor, entry, fields);
  if (cursor.findings.length > 0) return undefined;
  scope.addInstruction(entry, undefined);
  return build(cursor, entry, fields, cursor.columns.span(start, cursor.end));
}

/** Adds the name that an instruction declares to the scope, even if its other operands are faulty. */
function declare(cursor: LineCursor, { name: op, declares }: OpcodeEntry, { name, index }: Fields): void {
  const scope = cursor.scope;
  if (declares === undefined || typeof name !== "string") return;
  if (declares === "variable") {
    if (index === undefined && cursor.variable !== undefined) scope.setVariable(cursor.variable);
  } else if (!scope.names.has(name)) {
    scope.names.set(name, declares);
  }
  if (op === "FOR" || op === "SET") scope.dependsOnValues = true;
}

/** Returns the instruction with these operands. */
function build(cursor: LineCursor, entry: OpcodeEntry, fields: Fields, span: Span): Instruction {
  const { name: op, core, group, since } = entry;
  const { line, column, length } = span;
  const values = core.map(({ name }) => fields[name] as OperandValue);
  if (since === 1 && group === undefined && op !== "IF") {
    // Equal in shape to the instructions of version 1.
    const instruction = entry.build(values, line, column, length) as unknown as Fields;
    for (const name in fields) if (!(name in instruction)) instruction[name] = fields[name];
    return instruction as unknown as Instruction;
  }
  if (group !== undefined) {
    return entry.build(Object.keys(fields).length === 0 ? [] : values, line, column, length);
  }
  const target = TARGETS.has(op) ? { target: 0 } : {};
  return {
    op,
    ...fields,
    ...blockFields(cursor, op),
    ...target,
    line,
    column,
    length,
  } as unknown as Instruction;
}

/** Returns the fields of blocks, which the lines that end them complete. */
function blockFields(cursor: LineCursor, op: string): object {
  const { line } = cursor;
  const { procedure } = cursor.scope;
  const prefix = procedure === undefined ? "" : `${procedure.name}.`;
  if (op === "FOR") {
    return { limitName: `${prefix}for@${line}.limit`, stepName: `${prefix}for@${line}.step` };
  }
  if (op === "NEXT") return { name: "", limitName: "", stepName: "" };
  if (op === "END") return { closes: "IF" };
  return {};
}

function readOperands(cursor: LineCursor, entry: OpcodeEntry, fields: Fields): void {
  const { name: op, operands, isOptional } = entry;
  if (op === "IF") return readComparison(cursor, fields);
  if (op === "CALL") return readCall(cursor, fields);
  if (op === "DEF") return readDefinition(cursor, fields);
  for (const [i, operand] of operands.entries()) {
    if (cursor.isAborted) return undefined;
    if (operand.kind === "picture") {
      fields[operand.name] = [];
      continue;
    }
    const start = skipBlanks(cursor.source, cursor.index);
    if (start >= cursor.end && operand.kind !== "default" && operand.kind !== "integers") {
      if (operand.isOptional || (isOptional && i === 0)) break;
      if (operand.kind === "rows") readSpriteRows(cursor, fields);
      else cursor.addMissing(operands.slice(i));
      break;
    }
    if (operand.isOptional && cursor.isComment(start)) break;
    const value = readOperand(cursor, operand, start, fields);
    if (value !== undefined) fields[operand.name] = value;
  }
  if (op === "INT") checkInt(cursor, fields);
  if (op === "CANVAS" || op === "FRAMES") setDirective(cursor, op, fields);
  return undefined;
}

/** Reads an operand, the first character of which is at `start`. Returns `undefined` if it is faulty. */
function readOperand(cursor: LineCursor, operand: Operand, start: number, fields: Fields): unknown {
  switch (operand.kind) {
    case "position":
    case "size":
    case "scale":
    case "number":
      return readNumber(cursor, operand, start);
    case "value":
      return readValue(cursor, operand, start);
    case "side":
    case "literal":
    case "decimals":
    case "cells":
    case "dimension":
    case "count":
      return readLiteral(cursor, operand, cursor.takeWord(start));
    case "color":
      return readColorOperand(cursor, start);
    case "color stop":
      return readColorStop(cursor, cursor.takeWord(start));
    case "literal color":
      return readLiteralColor(cursor, cursor.takeWord(start));
    case "alignment":
      return readChecked(cursor, readAlignment, cursor.takeWord(start));
    case "direction":
      return readChoice(cursor, start, DIRECTIONS, "PXL_NOT_A_DIRECTION");
    case "font":
      return readChoice(cursor, start, FONT_NAMES, "PXL_NOT_A_FONT");
    case "parameter":
    case "array":
      return readNewName(cursor, cursor.takeWord(start));
    case "variable":
    case "set variable":
      return readVariable(cursor, operand, start, fields);
    case "label":
      return readJumpLabel(cursor, cursor.takeWord(start));
    case "text":
    case "template":
      return readText(cursor, operand.kind);
    case "default":
      cursor.index = cursor.end;
      return cursor.source.slice(Math.min(start, cursor.end), cursor.end);
    case "rows":
      return readSpriteRows(cursor, fields);
    case "integers":
      return readIntegers(cursor);
    case "points":
      return readPoints(cursor, start);
    case "palette":
      return readPalette(cursor);
    default:
      throw new TypeError(`expected an operand that is read alone, got ${operand.kind}`);
  }
}

/** Reads the rest of the line. */
function readText(cursor: LineCursor, kind: "text" | "template"): unknown {
  // The text begins after exactly one blank.
  const start = cursor.index + 1;
  const { end } = cursor;
  cursor.index = end;
  if (kind === "template") {
    const text = cursor.expressions.readTemplate(start, end);
    if (typeof text !== "string") cursor.scope.dependsOnValues = true;
    return text;
  }
  const place = { line: cursor.line, column: cursor.columns.column(start) };
  return splitText(cursor.source.slice(start, end), place, cursor.scope);
}

/** Keeps what CANVAS or FRAMES says about the whole program. */
function setDirective(cursor: LineCursor, op: "CANVAS" | "FRAMES", fields: Fields): void {
  const scope = cursor.scope;
  const earlier = op === "CANVAS" ? scope.canvas : scope.frames;
  if (earlier !== undefined) {
    const start = skipBlanks(cursor.source, cursor.start);
    const place = { start, end: start + op.length };
    cursor.addFault(new Fault("PXL_DUPLICATE_DIRECTIVE", () => `expected one ${op} in a program`), place);
    return;
  }
  const { w = 1, h = 1, background, n = 1, ms = 1 } = fields as Record<string, number | undefined>;
  if (op === "CANVAS") {
    scope.canvas = background === undefined ? { width: w, height: h } : { width: w, height: h, background };
  } else {
    scope.frames = { count: n, delayMs: ms };
  }
}

/** Returns the opcode that an unknown word probably means: one or two typos away, or the beginning of the word. */
function nearestOpcode(word: string): Suggestion | undefined {
  if (word.length > MAX_OPCODE_LENGTH) return undefined;
  const upper = word.toUpperCase();
  const names = OPCODES.map(({ name }) => name);
  const beginning = names.find((name) => upper.startsWith(name));
  return nearest(word, names) ?? (beginning && { word: beginning, isCertain: false });
}
