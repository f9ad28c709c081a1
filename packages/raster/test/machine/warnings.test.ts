import { checkProgram, type Diagnostic, type Program } from "@gvpie/pxl-parser";
import { expect, test } from "vitest";

import { RasterError } from "../../src/errors.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { initialState } from "../../src/machine/state.ts";
import { step } from "../../src/machine/step.ts";
import { bindDefaults } from "./bind.ts";
import { type Alphabet, controlSources } from "./control-programs.ts";

/** Comparisons whose result the parser knows, and one that depends on a variable. */
const DECIDED: Alphabet = {
  variables: ["a"],
  lines: ["RET", "HALT", "ADD a 1"],
  jumps: ["JMP", "CALL", "IF 1 < 2", "IF 2 < 1", "IF a < 2"],
};
const FUEL = 40;

/** Returns the instructions that a program runs, and true if it ends. */
function run(program: Program): { readonly reached: ReadonlySet<number>; readonly halts: boolean } {
  const bound = bindDefaults(program, { ...DEFAULT_LIMITS, fuel: FUEL });
  const reached = new Set<number>();
  let state = initialState(bound);
  try {
    while (state.status === "running") {
      reached.add(state.pc);
      ({ state } = step(bound, state));
    }
    return { reached, halts: true };
  } catch (error) {
    if (!(error instanceof RasterError)) throw error;
    return { reached, halts: false };
  }
}

/** Returns the lines of the instructions that warnings report as unreachable. */
function unreachable({ instructions }: Program, diagnostics: readonly Diagnostic[]): Set<number> {
  return new Set(
    diagnostics
      .filter(({ code }) => code === "PXL_UNREACHABLE")
      .flatMap(({ line, message }) => {
        const from = instructions.findIndex((instruction) => instruction.line === line);
        const more = Number(/and (\d+) more/.exec(message)?.[1] ?? 0);
        return instructions.slice(from, from + 1 + more).map((instruction) => instruction.line);
      }),
  );
}

test.each([2, 3])("the warnings are true of all programs of %i instructions", (length) => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const untrue: string[] = [];
  const counts = { programs: 0, unreachable: 0, endless: 0 };
  for (const source of controlSources(DECIDED, length)) {
    const { program, diagnostics } = checkProgram(source);
    if (!program) throw new Error(source);
    const { reached, halts } = run(program);
    const lines = unreachable(program, diagnostics);
    const wrong = program.instructions.filter(({ line }, index) => lines.has(line) && reached.has(index));
    const isEndless = diagnostics.some(({ code }) => code === "PXL_NEVER_HALTS");
    if (wrong.length > 0 || (isEndless && halts)) untrue.push(source);
    counts.programs++;
    counts.unreachable += lines.size;
    if (isEndless) counts.endless++;
  }
  Error.stackTraceLimit = stackTraceLimit;
  console.log(`warnings true of all ${counts.programs} programs of ${length}: ${JSON.stringify(counts)}`);
  expect(untrue).toEqual([]);
  expect(counts.unreachable).toBeGreaterThan(counts.programs / 4);
  expect(counts.endless).toBeGreaterThan(counts.programs / 20);
});
