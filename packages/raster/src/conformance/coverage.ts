import { OPCODES, parseProgram, type Program } from "@gvpie/pxl-parser";

/**
 * Counts the instructions of each opcode in some programs. Every opcode of the language is a key, in the order of its
 * documentation; opcodes that no program uses have 0.
 *
 * @throws {PxlError} if a source has errors.
 */
export function countOpcodes(programs: Iterable<string | Program>): Map<string, number> {
  const counts = new Map<string, number>(OPCODES.map(({ name }) => [name, 0]));
  for (const program of programs) {
    const { instructions } = typeof program === "string" ? parseProgram(program) : program;
    for (const { op } of instructions) counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return counts;
}
