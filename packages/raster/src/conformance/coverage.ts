import { OPCODES, OPERATORS, parseProgram, type Program } from "@gvpie/pxl-parser";

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

/**
 * Counts the uses of each operator of expressions in some programs, as {@link countOpcodes} does for opcodes.
 *
 * @throws {PxlError} if a source has errors.
 */
export function countOperators(programs: Iterable<string | Program>): Map<string, number> {
  const counts = new Map<string, number>(OPERATORS.map(({ name }) => [name, 0]));
  for (const program of programs) {
    const { instructions } = typeof program === "string" ? parseProgram(program) : program;
    for (const instruction of instructions) {
      // A long sum is a deep tree.
      const pending: unknown[] = [instruction];
      while (pending.length > 0) {
        const value = pending.pop();
        if (typeof value !== "object" || value === null) continue;
        if ("operator" in value) {
          const operator = String(value.operator);
          counts.set(operator, (counts.get(operator) ?? 0) + 1);
        }
        pending.push(...Object.values(value));
      }
    }
  }
  return counts;
}
