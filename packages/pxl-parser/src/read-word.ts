import { readColor } from "./colors.ts";
import { isName, nameInBraces } from "./names.ts";
import {
  ALIGNMENTS,
  type Alignment,
  type IntegerOperand,
  type OperandValue,
  type Reference,
  type WordOperand,
} from "./operands.ts";
import { isRelation } from "./relations.ts";
import type { Scope } from "./scope.ts";

/** A word and its position. In a correct line only ASCII precedes it, so code units and columns agree. */
export interface Word {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Returns the alignment of a word in either case; `undefined` for another word. */
export function alignmentOf(text: string): Alignment | undefined {
  const lower = text.toLowerCase();
  return ALIGNMENTS.find((alignment) => alignment === lower);
}

/**
 * Reads an integer: an optional minus and at least one digit. Exact up to 2⁵³, far beyond every range; a longer one is
 * not exact but still out of range. Returns `undefined` for anything else.
 */
export function parseInteger(text: string): number | undefined {
  // Adding 0 turns −0 into 0.
  return typeof text === "string" && /^-?[0-9]+$/.test(text) ? Number(text) + 0 : undefined;
}

/**
 * Returns the value of a word as an operand of version 1; `undefined` if it has none. `readLine` then reads its line, and
 * finds the reason.
 */
export function readWord(operand: IntegerOperand | WordOperand, word: Word, scope: Scope): OperandValue {
  const { text } = word;
  switch (operand.kind) {
    case "color":
      return readColorOperand(word, scope);
    case "alignment":
      return alignmentOf(text);
    case "relation":
      return isRelation(text) ? text : undefined;
    case "parameter":
      return isName(text) && !scope.names.has(text) ? text : undefined;
    case "variable":
    case "set variable":
      return readVariable(text, scope, operand.kind === "set variable");
    case "label":
      return isName(text) && scope.hasLabel(text) ? text : undefined;
    case "color stop":
    case "literal color":
    case "direction":
    case "font":
    case "array":
    case "procedure":
      throw new TypeError(`expected an operand of version 1, got a ${operand.kind}`);
    default:
      return readInteger(operand, word, scope);
  }
}

function readInteger(operand: IntegerOperand, word: Word, scope: Scope): number | Reference | undefined {
  const { text } = word;
  const integer = parseInteger(text);
  if (integer !== undefined) return integer >= operand.min && integer <= operand.max ? integer : undefined;
  const inBraces = operand.reference === "none" ? undefined : nameInBraces(text);
  const name = inBraces ?? (operand.reference === "bare" && isName(text) ? text : undefined);
  return name === undefined ? undefined : readReference(name, word, scope);
}

/** Returns a reference to a name that an earlier line declares. */
function readReference(name: string, { text, line, column }: Word, scope: Scope): Reference | undefined {
  const kind = scope.names.get(name);
  if (kind === undefined || kind === "array") return undefined;
  scope.dependsOnValues = true;
  return { name, span: { line, column, length: text.length } };
}

function readColorOperand(word: Word, scope: Scope): number | Reference | undefined {
  const color = readColor(word.text);
  if (color !== undefined) return color;
  const name = nameInBraces(word.text);
  return name === undefined || scope.names.get(name) === "variable"
    ? undefined
    : readReference(name, word, scope);
}

function readVariable(text: string, scope: Scope, mustBeSet: boolean): string | undefined {
  const kind = scope.names.get(text);
  if (!isName(text) || (kind === undefined ? mustBeSet : kind !== "variable")) return undefined;
  scope.dependsOnValues = true;
  return text;
}
