import { OPERATORS, type OperatorName, parseProgram } from "@gvpie/pxl-parser";

import { allocateList, DrawListBuilder } from "../../src/draw-list.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { execute } from "../../src/machine/execute.ts";
import { initialState, type MachineState } from "../../src/machine/state.ts";
import type { step } from "../../src/machine/step.ts";
import { bindDefaults } from "./bind.ts";
import { define, DEFINED } from "./definitions.ts";
import { calculateByFormula } from "./operands.ts";

/** The ends of the range, 0, ±1, and the roots and the halves of the ends. */
export const BORDERS: readonly number[] = [
  -2147483648, -2147483647, -1073741824, -46341, -46340, -3, -2, -1, 0, 1, 2, 3, 46340, 46341, 1073741824,
  2147483646, 2147483647,
];
/** Around each multiple of a quarter turn, and angles with roots. */
export const DEGREES: readonly number[] = [
  -2147483648, -361, -360, -271, -180, -90, -30, -1, 0, 1, 30, 45, 60, 89, 90, 91, 135, 179, 180, 181, 225,
  269, 270, 271, 315, 359, 360, 361, 2147483647,
];

interface Implementations {
  readonly step: typeof step;
  readonly execute: typeof execute;
}

/** Spellings of an operand: as a variable, a literal, or an expression. */
const SPELLINGS: readonly ((name: string, value: number) => string)[] = [
  (name) => name,
  (_, value) => String(value),
  (name) => `(${name}+0)`,
];

/**
 * Compares every operator that has a definition at the borders: its definition, its formulas, `step`, and the executor.
 *
 * @returns the number of equal cases, and a description of the first difference, if there is one.
 */
export function compareOperators(
  machines: Implementations,
  { borders, degrees }: { readonly borders: readonly number[]; readonly degrees: readonly number[] },
): { cases: number; difference: string | undefined } {
  let cases = 0;
  for (const { name, arity } of OPERATORS) {
    if (!DEFINED.includes(name)) continue;
    const left = name === "sin" || name === "cos" ? degrees : borders;
    for (const a of left) {
      for (const b of arity === 2 ? borders : [0]) {
        const defined = define(name, a, b);
        const formula = calculateByFormula(name, a, b);
        if (formula !== defined) {
          return { cases, difference: `${name} ${a} ${b}: ${defined} by definition, ${formula} by formula` };
        }
        for (const spelling of arity === 2 ? [0, 1, 2] : [0, 2]) {
          const source = sourceOf(name, a, b, SPELLINGS[spelling] as (typeof SPELLINGS)[number]);
          for (const [machine, found] of outcomes(machines, source)) {
            if (found === defined) continue;
            return {
              cases,
              difference: `${name} ${a} ${b}: ${defined} by definition, ${found} by ${machine}`,
            };
          }
        }
        cases++;
      }
    }
  }
  return { cases, difference: undefined };
}

function sourceOf(name: OperatorName, a: number, b: number, spell: (typeof SPELLINGS)[number]): string {
  const [left, right] = [spell === SPELLINGS[2] ? spell("a", a) : "a", spell("b", b)];
  const isSign = !/^[a-z]/.test(name);
  const expression = isSign
    ? `${left} ${name} ${right}`
    : name === "negate"
      ? `-${left}`
      : `${name}(${left}${OPERATORS.find((operator) => operator.name === name)?.arity === 2 ? `,${right}` : ""})`;
  // The executor compiles expressions of programs with jumps.
  return [`SET a ${a}`, `SET b ${b}`, `SET x ${expression}`, "JMP end", "end:"].join("\n");
}

function outcomes(
  { step, execute }: Implementations,
  source: string,
): (readonly [machine: string, found: number | string | undefined])[] {
  const bound = bindDefaults(parseProgram(source), { ...DEFAULT_LIMITS, fuel: 20 });
  const list = new DrawListBuilder({ width: 1, height: 1, background: 0 }, bound.limits, allocateList(0, 0));
  const attempt = (run: () => MachineState): number | string | undefined => {
    try {
      return run().variables.get("x");
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "RasterError") throw error;
      return (error as Error & { readonly code: string }).code;
    }
  };
  const stepped = attempt(() => {
    let state = initialState(bound);
    while (state.status === "running") ({ state } = step(bound, state));
    return state;
  });
  return [
    ["step", stepped],
    ["execute", attempt(() => execute(bound, list))],
  ];
}
