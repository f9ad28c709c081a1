import type { PxlErrorCode } from "./errors.ts";
import type { Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { correctAlignment } from "./foreign.ts";
import type { Fields, LineCursor } from "./line-cursor.ts";
import { isName, notAName } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import { ALIGNMENTS, type Alignment, type Operand } from "./operands.ts";
import { addMalformed } from "./read-numbers.ts";
import { alignmentOf } from "./read-word.ts";
import { isRelation, RELATIONS, type Relation } from "./relations.ts";

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

/** Reads one of a few words, in either case. */
export function readChoice<Name extends string>(
  cursor: LineCursor,
  start: number,
  names: readonly Name[],
  code: PxlErrorCode,
): Name | undefined {
  const word = cursor.takeWord(start);
  const text = cursor.text(word);
  // ASCII only: Unicode has other letters whose lower case is one of a name.
  const lower = /^[\x21-\x7e]+$/.test(text) ? text.toLowerCase() : text;
  const found = names.find((name) => name === lower);
  if (found !== undefined) return found;
  const hint = (): Suggestion | undefined => nearest(text, names);
  cursor.addFault(new Fault(code, () => `expected one of ${names.join(", ")}`, hint), word);
  return undefined;
}

/** Reads a word with a function that returns its value or its fault. */
export function readChecked<Value>(
  cursor: LineCursor,
  read: (text: string) => Value | Fault,
  word: Range,
): Value | undefined {
  const value = read(cursor.text(word));
  if (!(value instanceof Fault)) return value;
  cursor.addFault(value, word);
  return undefined;
}

/** Reads the name of a new parameter or array. */
export function readNewName(cursor: LineCursor, word: Range): string | undefined {
  const name = cursor.text(word);
  if (!isName(name)) {
    cursor.addFault(notAName(name), word);
  } else if (cursor.scope.names.has(name)) {
    const expected = (): string => "expected a name that no earlier line declares";
    cursor.addFault(new Fault("PXL_DUPLICATE_NAME", expected), word);
  } else {
    return name;
  }
  return undefined;
}

/** Reads the variable that the line changes, or the cell of an array. */
export function readVariable(
  cursor: LineCursor,
  operand: Operand,
  start: number,
  fields: Fields,
): string | undefined {
  const { end } = cursor;
  const [name = ""] =
    /^[A-Za-z_][A-Za-z0-9_]*(?=\[)/.exec(cursor.source.slice(start, Math.min(end, start + 66))) ?? [];
  if (name !== "" && operand.kind === "variable" && cursor.op === "SET") {
    return readCell(cursor, name, start, fields);
  }
  const word = cursor.takeWord(start);
  const text = cursor.text(word);
  if (!isName(text)) {
    cursor.addFault(notAName(text), word);
    return undefined;
  }
  const declared = cursor.scope.resolve(text);
  cursor.scope.dependsOnValues = true;
  if (declared === undefined) {
    cursor.addFault(cursor.undeclared(text, word, "a variable that a SET or FOR declares"), word);
    return undefined;
  }
  if (declared.kind !== "variable") {
    const expected =
      declared.kind === "parameter"
        ? "expected a variable, not a parameter"
        : `expected a variable or a cell such as ${text}[0], not an array`;
    cursor.addFault(new Fault("PXL_NOT_A_VARIABLE", () => expected), word);
    return undefined;
  }
  if (operand.kind === "variable") cursor.variable = text;
  return declared.name;
}

/** Reads `name[index]`. */
function readCell(cursor: LineCursor, name: string, start: number, fields: Fields): string | undefined {
  const bracket = start + name.length;
  cursor.operandFindings = cursor.findings.length;
  const index = cursor.expressions.readIndex(bracket);
  const end = cursor.expressions.index;
  if (index === undefined || !cursor.isEnd(end)) {
    const place = { start, end: cursor.findOperandEnd(start) };
    cursor.index = place.end;
    addMalformed(cursor, "index", 0, undefined, place);
    return undefined;
  }
  cursor.index = end;
  const array = cursor.arrayOf(name, { start, end: bracket });
  fields["name"] = array;
  fields["index"] = index.value;
  return array;
}

/** Reads the name of a label. */
export function readJumpLabel(cursor: LineCursor, word: Range): string | undefined {
  const text = cursor.text(word);
  if (!isName(text)) {
    cursor.addFault(notAName(text), word);
    return undefined;
  }
  if (cursor.scope.hasLabel(text)) return text;
  const isProcedure = cursor.scope.structure.procedureByName.has(text);
  cursor.addFault(
    new Fault(
      "PXL_UNDEFINED_LABEL",
      () => 'expected a label that a line "name:" defines',
      () => (isProcedure ? { word: `CALL ${text}`, isCertain: false } : cursor.scope.suggestLabel(text)),
    ),
    word,
  );
  return undefined;
}

/** Returns the alignment of a word, or its fault. */
export function readAlignment(text: string): Alignment | Fault {
  const alignment = alignmentOf(text);
  if (alignment !== undefined) return alignment;
  return new Fault(
    "PXL_NOT_AN_ALIGNMENT",
    () => `expected one of ${ALIGNMENTS.join(", ")}`,
    () => correctAlignment(text) ?? nearest(text, ALIGNMENTS),
  );
}

/** Returns the relation of a word, or its fault. */
export function readRelation(text: string): Relation | Fault {
  if (isRelation(text)) return text;
  return new Fault(
    "PXL_NOT_A_RELATION",
    () => `expected one of ${Object.keys(RELATIONS).join(" ")}`,
    () => OTHER_RELATIONS.get(text),
  );
}
