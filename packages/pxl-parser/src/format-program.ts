import { BYTE_ORDER_MARK, findLineEnd, findNextLine, skipBlanks, trimBlanks } from "./characters.ts";
import { formatLine } from "./format-line.ts";
import type { Instruction } from "./instructions.ts";
import { readLabel } from "./names.ts";
import { parseProgram } from "./parse-program.ts";

/** Begins each line below the first label of a program or a block, and each line of a block. */
const STEP = "  ";

/**
 * Returns a program in its canonical form: opcodes in upper case, one space between operands, plain decimal integers,
 * colours and patterns in lower case, no trailing blanks, LF at the end of every line, no byte order mark. Instructions
 * below the first label are indented by two spaces; so are the lines of a block, relative to the lines that begin and end
 * it. Operators of SET, of the arithmetic opcodes and of IF have a space on both sides, but not in brackets; in other
 * operands there are no spaces. Comments, blank lines and the characters of texts are kept. Formatting changes no
 * instruction, and formatting the result again does not change it.
 *
 * @throws {PxlError} if the program has errors.
 * @throws {TypeError} if `source` is not a string.
 */
export function formatProgram(source: string): string {
  const { instructions } = parseProgram(source);
  const lines: string[] = [];
  const indentation = new Indentation();
  let position = source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  let rows = 0;
  for (let line = 1, next = 0; position < source.length; line++) {
    const lineEnd = findLineEnd(source, position);
    const start = Math.min(skipBlanks(source, position), lineEnd);
    const end = trimBlanks(source, start, lineEnd);
    const written = source.slice(start, end);
    const instruction = instructions[next];
    if (rows > 0) {
      lines.push(`${indentation.current}| ${written.slice(skipBlanks(written, 1))}`);
      rows--;
    } else if (instruction?.line === line) {
      lines.push(indentation.of(instruction) + formatLine(instruction, written));
      if (instruction.op === "IMAGE") rows = instruction.h;
      next++;
    } else if (readLabel(source, start, end) !== undefined) {
      lines.push(indentation.ofLabel() + written);
    } else {
      // An indented comment stays indented.
      const isIndented = start > position && start < end;
      lines.push((isIndented ? indentation.current : "") + written);
    }
    position = findNextLine(source, lineEnd);
  }
  // Blanks after the last LF are not a line.
  if (lines.at(-1) === "" && !source.endsWith("\n")) lines.pop();
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** The indentation of the next line. */
class Indentation {
  current = "";
  /** The indentation of the labels of the program and of each open block, and of the line that begins the block. */
  readonly #blocks: { readonly label: string; readonly opener: string }[] = [{ label: "", opener: "" }];

  /** Returns the indentation of an instruction. */
  of(instruction: Instruction): string {
    const isEnd = instruction.op === "NEXT" || instruction.op === "ELSE" || instruction.op === "END";
    if (isEnd) this.current = this.#blocks.pop()?.opener ?? "";
    const indentation = this.current;
    if (instruction.op === "ELSE" || isOpener(instruction)) {
      this.current += STEP;
      this.#blocks.push({ label: this.current, opener: indentation });
    }
    return indentation;
  }

  ofLabel(): string {
    const label = this.#blocks.at(-1)?.label ?? "";
    this.current = label + STEP;
    return label;
  }
}

function isOpener(instruction: Instruction): boolean {
  const { op } = instruction;
  return op === "FOR" || op === "DEF" || (op === "IF" && instruction.label === undefined);
}
