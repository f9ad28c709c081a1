import { COLOR_NAMES, readColor } from "./colors.ts";
import { Fault } from "./fault.ts";
import { correctAlignment, correctColor } from "./foreign.ts";
import { isName, nameInBraces, notAName } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Alignment, IntegerOperand, OperandValue, Reference, WordOperand } from "./operands.ts";
import { RELATIONS, type Relation } from "./relations.ts";
import type { Scope } from "./scope.ts";

/** A word and its position. In a correct line only ASCII precedes it, so code units and columns agree. */
export interface Word {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Relations as other languages write them. */
const OTHER_RELATIONS: ReadonlyMap<string, Relation> = new Map([
  ["==", "="],
  ["===", "="],
  ["!==", "!="],
  ["<>", "!="],
  ["≠", "!="],
  ["≤", "<="],
  ["≥", ">="],
  ["=<", "<="],
  ["=>", ">="],
]);
const ALIGNMENTS: readonly Alignment[] = ["left", "center", "right"];

/** Returns the value of a word as an operand, or the fault. */
export function readWord(
  operand: IntegerOperand | WordOperand,
  word: Word,
  scope: Scope,
): OperandValue | Fault {
  const { text } = word;
  switch (operand.kind) {
    case "color":
      return readColorOperand(word, scope);
    case "alignment":
      return readAlignment(text);
    case "relation":
      return readRelation(text);
    case "parameter":
      return readNewParameter(text, scope);
    case "variable":
    case "set variable":
      return readVariable(text, scope, operand.kind === "set variable");
    case "label":
      return readTarget(text, scope);
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

/**
 * Reads an integer: an optional minus and at least one digit. Exact up to 2⁵³, far beyond every range; a longer one is
 * not exact but still out of range. Returns `undefined` for anything else.
 */
export function parseInteger(text: string): number | undefined {
  // Adding 0 turns −0 into 0.
  return typeof text === "string" && /^-?[0-9]+$/.test(text) ? Number(text) + 0 : undefined;
}

function readInteger(operand: IntegerOperand, word: Word, scope: Scope): number | Reference | Fault {
  const { text } = word;
  const integer = parseInteger(text);
  if (integer !== undefined) {
    const { name, min, max } = operand;
    if (integer >= min && integer <= max) return integer;
    return new Fault("PXL_OUT_OF_RANGE", () => `expected ${name} from ${min} to ${max}`);
  }
  const inBraces = operand.reference === "none" ? undefined : nameInBraces(text);
  const name = inBraces ?? (operand.reference === "bare" && isName(text) ? text : undefined);
  if (name !== undefined) return readReference(name, word, scope);
  const example = `expected ${operand.name} as an integer such as 12${operand.min < 0 ? " or -3" : ""}`;
  return new Fault(
    "PXL_NOT_AN_INTEGER",
    () => (operand.reference === "bare" ? `${example}, or a name` : example),
    () => (operand.reference === "braces" && scope.names.has(text) ? `{${text}}` : undefined),
  );
}

/** Returns a reference to a well-formed name, or the fault if it is not declared. */
function readReference(name: string, { text, line, column }: Word, scope: Scope): Reference | Fault {
  const fault = findUndeclared(name, scope);
  if (fault !== undefined) return fault;
  scope.dependsOnValues = true;
  return { name, span: { line, column, length: text.length } };
}

function findUndeclared(name: string, scope: Scope): Fault | undefined {
  const kind = scope.names.get(name);
  if (kind !== undefined && kind !== "array") return undefined;
  return new Fault(
    "PXL_UNDECLARED_NAME",
    () => "expected a name that an earlier PARAM or SET declares",
    () => scope.suggestName(name),
  );
}

function readColorOperand(word: Word, scope: Scope): number | Reference | Fault {
  const { text } = word;
  const color = readColor(text);
  if (color !== undefined) return color;
  const name = nameInBraces(text);
  if (name !== undefined && scope.names.get(name) !== "variable") return readReference(name, word, scope);
  return notAColor(text, COLOR_NAMES.keys(), scope);
}

/** Returns the fault of a word that is not a colour. */
export function notAColor(text: string, names: Iterable<string>, scope: Scope): Fault {
  return new Fault(
    "PXL_NOT_A_COLOR",
    () => "expected a colour such as #f80, #ff8800, #ff880080 or red",
    () => {
      const isParameter = scope.resolve(text)?.kind === "parameter";
      return isParameter ? `{${text}}` : (correctColor(text) ?? nearest(text, names));
    },
  );
}

export function readAlignment(text: string): Alignment | Fault {
  const lower = text.toLowerCase();
  const alignment = ALIGNMENTS.find((candidate) => candidate === lower);
  if (alignment !== undefined) return alignment;
  return new Fault(
    "PXL_NOT_AN_ALIGNMENT",
    () => `expected one of ${ALIGNMENTS.join(", ")}`,
    () => correctAlignment(text) ?? nearest(text, ALIGNMENTS),
  );
}

export function readRelation(text: string): Relation | Fault {
  if (Object.hasOwn(RELATIONS, text)) return text as Relation;
  return new Fault(
    "PXL_NOT_A_RELATION",
    () => `expected one of ${Object.keys(RELATIONS).join(" ")}`,
    () => OTHER_RELATIONS.get(text),
  );
}

function readNewParameter(text: string, scope: Scope): string | Fault {
  if (!isName(text)) return notAName(text);
  if (!scope.names.has(text)) return text;
  return new Fault("PXL_DUPLICATE_NAME", () => "expected a name that no earlier PARAM or SET declares");
}

function readVariable(text: string, scope: Scope, mustBeSet: boolean): string | Fault {
  if (!isName(text)) return notAName(text);
  const kind = scope.names.get(text);
  if (kind === "parameter" || kind === "array") {
    return new Fault("PXL_NOT_A_VARIABLE", () => "expected a variable, not a parameter");
  }
  scope.dependsOnValues = true;
  return (mustBeSet ? findUndeclared(text, scope) : undefined) ?? text;
}

function readTarget(text: string, scope: Scope): string | Fault {
  if (!isName(text)) return notAName(text);
  if (scope.hasLabel(text)) return text;
  return new Fault(
    "PXL_UNDEFINED_LABEL",
    () => 'expected a label that a line "name:" defines',
    () => scope.suggestLabel(text),
  );
}
