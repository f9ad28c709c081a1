import { skipBlanks } from "./characters.ts";
import { namesOfColors, readColor } from "./colors.ts";
import type { Range } from "./expressions.ts";
import { Fault } from "./fault.ts";
import { correctColor } from "./foreign.ts";
import { type LineCursor, NOTHING } from "./line-cursor.ts";
import { nameInBraces } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Channels, ColorValue, IntegerValue, Reference } from "./operands.ts";
import { inRange, readItem } from "./read-numbers.ts";
import type { Scope } from "./scope.ts";

const CHANNEL = { min: 0, max: 255 };

/** Reads the operands of COLOR: a colour, a reference, or three or four numbers. */
export function readColorOperand(cursor: LineCursor, start: number): ColorValue | undefined {
  const words: Range[] = [];
  let at = start;
  while (at < cursor.end && words.length < 5) {
    const word = { start: at, end: cursor.findOperandEnd(at) };
    words.push(word);
    at = Math.min(skipBlanks(cursor.source, word.end), cursor.end);
  }
  const [first = { start, end: start }, second] = words;
  const hasComment = words.slice(1, 3).some((word) => cursor.isComment(word.start));
  const isColor = readColor(cursor.text(first), "2") !== undefined;
  if (second === undefined || hasComment || (isColor && words.length === 2)) {
    cursor.index = first.end;
    return readColorStop(cursor, first);
  }
  return readChannels(cursor, start);
}

function readChannels(cursor: LineCursor, start: number): ColorValue | undefined {
  const names = ["red", "green", "blue", "alpha"];
  const values: IntegerValue[] = [];
  let at = start;
  for (const name of names) {
    at = skipBlanks(cursor.source, at);
    if (at >= cursor.end) break;
    const item = readItem(cursor, name, 0, at);
    at = cursor.index;
    if (cursor.isAborted) return undefined;
    values.push((item && inRange(cursor, name, CHANNEL, item)) ?? NOTHING);
  }
  if (values.length < 3) {
    const end = cursor.end;
    const missing = names.slice(values.length, 3).join(", ");
    cursor.add("PXL_MISSING_OPERAND", { start: end, end }, () => {
      return `expected ${missing} (COLOR red green blue [alpha]), got the end of the line`;
    });
    return undefined;
  }
  const [red = 0, green = 0, blue = 0, alpha] = values;
  if (values.every((value) => typeof value === "number")) {
    const [r = 0, g = 0, b = 0, a = CHANNEL.max] = values;
    return ((r * 256 + g) * 256 + b) * 256 + a;
  }
  const channels: Channels = { red, green, blue, span: cursor.columns.span(start, cursor.index) };
  return alpha === undefined ? channels : { ...channels, alpha };
}

/** Reads a colour, or a reference to a parameter. */
export function readColorStop(cursor: LineCursor, word: Range): number | Reference | undefined {
  const text = cursor.text(word);
  const color = readColor(text, "2");
  if (color !== undefined) return color;
  const name = nameInBraces(text);
  const declared = name === undefined ? undefined : cursor.scope.resolve(name);
  if (name !== undefined && (declared === undefined || declared.kind === "parameter")) {
    if (declared !== undefined) {
      cursor.scope.dependsOnValues = true;
      return { name, span: cursor.columns.span(word.start, word.end) };
    }
    cursor.addFault(cursor.undeclared(name, word, "a name that a PARAM declares"), word);
  } else {
    cursor.addFault(notAColor(text, cursor.scope), word);
  }
  return undefined;
}

/** Reads a colour. */
export function readLiteralColor(cursor: LineCursor, word: Range): number | undefined {
  const text = cursor.text(word);
  const color = readColor(text, "2");
  if (color === undefined) cursor.addFault(notAColor(text, cursor.scope), word);
  return color;
}

/** Returns the fault of a word that is not a colour. */
function notAColor(text: string, scope: Scope): Fault {
  return new Fault(
    "PXL_NOT_A_COLOR",
    () => "expected a colour such as #f80, #ff8800, #ff880080 or red",
    () => {
      const isParameter = scope.resolve(text)?.kind === "parameter";
      return isParameter ? `{${text}}` : (correctColor(text) ?? nearest(text, namesOfColors().keys()));
    },
  );
}
