import { OPCODES, parseProgram, type Program } from "@gvpie/pxl-parser";

/**
 * How many instructions of each opcode some programs hold: every opcode of the language is a key, in the order of its
 * documentation, and those that no program uses have 0.
 *
 * @throws {PxlError} when a source has errors.
 */
export function countOpcodes(programs: Iterable<string | Program>): Map<string, number> {
  const counts = new Map<string, number>(OPCODES.map(({ name }) => [name, 0]));
  for (const program of programs) {
    const { instructions } = typeof program === "string" ? parseProgram(program) : program;
    for (const { op } of instructions) counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return counts;
}
