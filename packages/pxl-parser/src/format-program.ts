import { BYTE_ORDER_MARK, findLineEnd, findNextLine, skipBlanks, trimBlanks } from "./characters.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { parseProgram } from "./parse-program.ts";
import type { Instruction } from "./types.ts";

/**
 * Writes a program in its canonical form: opcodes in upper case, one space between operands, plain decimal integers,
 * no indentation, no trailing blanks, LF at the end of every line, no byte order mark. Comments and blank lines stay,
 * and so does every space inside a text. Formatting changes no instruction, and formatting twice changes nothing more.
 *
 * @throws {PxlError} when the program is not correct.
 * @throws {TypeError} when `source` is not a string.
 */
export function formatProgram(source: string): string {
  const { instructions } = parseProgram(source);
  const lines: string[] = [];
  let position = source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  for (let line = 1, next = 0; position < source.length; line++) {
    const end = findLineEnd(source, position);
    const instruction = instructions[next];
    if (instruction?.span.line === line) {
      lines.push(formatInstruction(instruction));
      next++;
    } else {
      const start = skipBlanks(source, position);
      lines.push(source.slice(start, trimBlanks(source, start, end)));
    }
    position = findNextLine(source, end);
  }
  // Blanks that no LF ends are not a line.
  if (lines.at(-1) === "" && !source.endsWith("\n")) lines.pop();
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function formatInstruction(instruction: Instruction): string {
  const values: Readonly<Record<string, unknown>> = { ...instruction };
  const { name, operands } = OPCODE_ENTRIES[instruction.op];
  return [name, ...operands.map((operand) => String(values[operand.name]))].join(" ");
}
