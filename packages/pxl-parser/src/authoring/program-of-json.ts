import { describeValue } from "../describe-value.ts";
import { OPCODE_ENTRIES } from "../opcodes.ts";
import { isPicture, NAMES } from "./subset.ts";

const STEP = "  ";
/** Deeper JSON is not an instance of the schema. */
const MAX_DEPTH = 8;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes an instance of the schema of `programSchema` as a program: the declarations, and then each statement as its opcode
 * and its operands in the order of the table, with a blank between two words.
 *
 * @param instance the value that `JSON.parse` returns.
 * @throws {TypeError} if `instance` does not have the shape of a program. The values of operands are for the parser to check.
 */
export function programOfJson(instance: unknown): string {
  const { canvas, frames, lines, ...declared } = fieldsOf(instance);
  const out: string[] = [];
  if (canvas !== undefined) {
    const { w, h, background } = fieldsOf(canvas);
    out.push(`CANVAS ${words([w, h, background])}`);
  }
  if (frames !== undefined) {
    const { n, ms } = fieldsOf(frames);
    out.push(`FRAMES ${words([n, ms])}`);
  }
  out.push(`PARAM ${NAMES.text} ${words([declared[NAMES.text]])}`);
  out.push(`INT ${NAMES.integer} 0 100 ${words([declared[NAMES.integer]])}`);
  out.push(`LIST ${NAMES.list} ${words([declared[NAMES.list]])}`);
  for (const name of NAMES.variables) out.push(`SET ${name} 0`);
  writeLines(lines, "", out);
  return `${out.join("\n")}\n`;
}

function writeLines(lines: unknown, indentation: string, out: string[]): void {
  if (!Array.isArray(lines)) throw new TypeError(`expected lines as an array, got ${describeValue(lines)}`);
  if (indentation.length > MAX_DEPTH * STEP.length) {
    throw new TypeError(`expected at most ${MAX_DEPTH} blocks inside each other, got more`);
  }
  for (const line of lines) writeStatement(fieldsOf(line), indentation, out);
}

function writeStatement(fields: Fields, indentation: string, out: string[]): void {
  const { op, lines, else: otherLines } = fields;
  const entry = Object.values(OPCODE_ENTRIES).find(({ name }) => name === op);
  if (entry === undefined) throw new TypeError(`expected op as an opcode, got ${describeValue(op)}`);
  const onLine = entry.operands.filter((operand) => !isPicture(operand)).map(({ name }) => fields[name]);
  out.push(indentation + words([entry.name, ...onLine]));
  for (const { name } of entry.operands.filter(isPicture)) {
    const rows = fields[name];
    if (!Array.isArray(rows)) throw new TypeError(`expected ${name} as an array, got ${describeValue(rows)}`);
    for (const row of rows) out.push(`${indentation}| ${words([row])}`);
  }
  if (lines === undefined) return;
  writeLines(lines, indentation + STEP, out);
  if (otherLines !== undefined) {
    out.push(`${indentation}ELSE`);
    writeLines(otherLines, indentation + STEP, out);
  }
  out.push(`${indentation}${entry.name === "FOR" ? "NEXT" : "END"}`);
}

/** Joins the values that are present, and the elements of arrays, with blanks. */
function words(values: readonly unknown[]): string {
  return values
    .flat(2)
    .filter((value) => value !== undefined)
    .map(wordOf)
    .join(" ");
}

function wordOf(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && !value.includes("\n")) return value;
  throw new TypeError(`expected an operand as a number or a text of one line, got ${describeValue(value)}`);
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TypeError(`expected an object, got ${describeValue(value)}`);
}
