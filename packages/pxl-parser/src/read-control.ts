import { skipBlanks } from "./characters.ts";
import { findRelation, isIs, readSide } from "./comparison.ts";
import type { Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { type Fields, type LineCursor, NOTHING } from "./line-cursor.ts";
import { isName, notAName } from "./names.ts";
import { INT32, type IntegerValue, type Reference } from "./operands.ts";
import { readChecked, readJumpLabel, readRelation } from "./read-names.ts";
import { addMalformed, inRange, readItem } from "./read-numbers.ts";
import { PROGRAM_BOUNDS } from "./bounds.ts";
import type { Procedure } from "./structure.ts";

const MAX_ARGUMENTS = PROGRAM_BOUNDS.arguments;

/** Reads the operands of IF. */
export function readComparison(cursor: LineCursor, fields: Fields): void {
  const { end } = cursor;
  const source = cursor.source;
  const start = skipBlanks(source, cursor.index);
  if (start >= end) return cursor.addMissingNames(["left", "relation", "right"]);
  cursor.operandFindings = cursor.findings.length;
  const left = readSide(cursor.expressions, source, start, end, true);
  cursor.index = left.end;
  const leftRange = { start, end: left.end };
  const relation = findRelation(source, left.end, end);
  if (isIs(source, relation)) {
    fields["left"] = readTextName(cursor, leftRange);
    fields["relation"] = "IS";
    cursor.index = relation.end;
    const word = cursor.nextWord();
    if (word === undefined) return cursor.addMissingNames(["right"]);
    fields["right"] = cursor.text(word);
    return readIfLabel(cursor, fields);
  }
  if (left.item === undefined) {
    addMalformed(cursor, "left", -1, undefined, leftRange);
  } else {
    fields["left"] = inRange(cursor, "left", INT32, left.item);
  }
  if (cursor.isAborted) return undefined;
  if (relation.start >= end) return cursor.addMissingNames(["relation", "right"]);
  fields["relation"] = readChecked(cursor, readRelation, relation);
  cursor.index = relation.end;
  const rightStart = skipBlanks(source, relation.end);
  if (rightStart >= end) return cursor.addMissingNames(["right"]);
  cursor.operandFindings = cursor.findings.length;
  const right = readSide(cursor.expressions, source, rightStart, end, false);
  cursor.index = right.end;
  if (right.item === undefined) {
    addMalformed(cursor, "right", -1, undefined, { start: rightStart, end: right.end });
  } else {
    fields["right"] = inRange(cursor, "right", INT32, right.item);
  }
  if (cursor.isAborted) return undefined;
  return readIfLabel(cursor, fields);
}

function readIfLabel(cursor: LineCursor, fields: Fields): void {
  const word = cursor.nextWord();
  if (word !== undefined) fields["label"] = readJumpLabel(cursor, word);
}

/** Reads the left side of IS. The name has been read as an expression, which reports it if nothing declares it. */
function readTextName(cursor: LineCursor, place: Range): Reference | undefined {
  const name = cursor.text(place);
  const declared = isName(name) ? cursor.scope.resolve(name) : undefined;
  if (declared?.kind === "parameter") {
    cursor.scope.dependsOnValues = true;
    return { name, span: cursor.columns.span(place.start, place.end) };
  }
  if (cursor.findings.length === 0) {
    const expected = (): string => "expected the name of a PARAM or an INT before IS";
    cursor.addFault(new Fault("PXL_NOT_A_NAME", expected), place);
  }
  return undefined;
}

/** Reads the operands of CALL. */
export function readCall(cursor: LineCursor, fields: Fields): void {
  const word = cursor.nextWord();
  if (word === undefined) return cursor.addMissingNames(["label"]);
  const name = cursor.text(word);
  const procedure = cursor.scope.structure.procedureByName.get(name);
  if (procedure === undefined || cursor.scope.labels.has(name)) {
    fields["label"] = readJumpLabel(cursor, word);
    if (fields["label"] === undefined && isName(name)) cursor.isAborted = true;
    return undefined;
  }
  fields["label"] = name;
  return readArguments(cursor, procedure, word, fields);
}

function readArguments(cursor: LineCursor, { args }: Procedure, word: Range, fields: Fields): void {
  const values: IntegerValue[] = [];
  let count = 0;
  let at = skipBlanks(cursor.source, cursor.index);
  for (; at < cursor.end; at = skipBlanks(cursor.source, cursor.index)) {
    if (count > MAX_ARGUMENTS) break;
    const name = args[count] ?? "argument";
    const item = readItem(cursor, name, -1, at);
    if (item === undefined) {
      cursor.isAborted = true;
      return;
    }
    values.push(inRange(cursor, name, INT32, item) ?? NOTHING);
    count++;
  }
  cursor.isAborted = true;
  if (count !== args.length) {
    const wanted = args.length === 0 ? "no arguments" : `${args.length} arguments, ${args.join(" ")},`;
    const expected = (): string => `expected ${wanted} for ${cursor.text(word)}, got ${count}`;
    cursor.add(
      "PXL_ARGUMENT_COUNT",
      word,
      () => `${expected()} in ${cursor.quote({ start: word.start, end: cursor.end })}`,
    );
  }
  if (values.length > 0) fields["args"] = values;
}

/** Reads the operands of DEF. */
export function readDefinition(cursor: LineCursor, fields: Fields): void {
  const word = cursor.nextWord();
  if (word === undefined) return cursor.addMissingNames(["name"]);
  const name = cursor.text(word);
  if (!isName(name)) {
    cursor.addFault(notAName(name), word);
  } else {
    const fault = cursor.scope.defineProcedure(name, cursor.line);
    if (fault !== undefined) cursor.addFault(fault, word);
  }
  const args = new Set<string>();
  for (let at = cursor.nextWord(); at !== undefined; at = cursor.nextWord()) {
    const arg = cursor.text(at);
    if (args.size === MAX_ARGUMENTS) {
      const expected = (): string => `expected at most ${MAX_ARGUMENTS} arguments`;
      cursor.addFault(new Fault("PXL_ARGUMENT_COUNT", expected), { start: at.start, end: cursor.end });
      break;
    }
    if (!isName(arg)) {
      cursor.addFault(notAName(arg), at);
    } else if (args.has(arg)) {
      const expected = (): string => "expected each argument once";
      cursor.addFault(new Fault("PXL_DUPLICATE_NAME", expected), at);
    }
    args.add(arg);
  }
  cursor.isAborted = true;
  const { line } = cursor;
  const found = cursor.scope.structure.procedureByName.get(name);
  const procedure = found?.line === line ? found : undefined;
  fields["name"] = name;
  fields["args"] = Array.from(args, (arg) => `${name}.${arg}`);
  fields["locals"] = [
    ...Array.from(procedure?.locals ?? [], (local) => `${name}.${local}`),
    ...(procedure?.loops ?? []).flatMap((at) => [`${name}.for@${at}.limit`, `${name}.for@${at}.step`]),
  ];
}
