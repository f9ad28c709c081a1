import { findLiteralBraces, findLiteralExpressions, findLiteralQuotes } from "./find-text-warnings.ts";
import type { Instruction, InstructionOf } from "./instructions.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { findReachable, type Reachability } from "./reachability.ts";
import { changedVariables, declaredVariables, referencesOf, setVariable, shortName } from "./references.ts";
import type { Span } from "./span.ts";
import type { Program } from "./types.ts";
import type { Warning } from "./warning.ts";

/** Returns the warnings of a program, in source order. Takes time linear in the program's length. */
export function findWarnings(program: Program): readonly Warning[] {
  const { instructions } = program;
  const reachability = findReachable(instructions);
  const unused = program.language === "1" ? [] : findUnusedProcedures(instructions);
  const lists: readonly Warning[][] = [
    findUnreachable(instructions, reachability, unused),
    findNeverHalting(instructions, reachability),
    findUnusedLabels(program),
    findUnusedParams(program),
    unused.map(describeUnusedProcedure),
    findNeverSet(program, reachability),
    findNeverRead(program),
    findLiteralBraces(program),
    findLiteralExpressions(program),
    findLiteralQuotes(instructions),
  ];
  // Most programs have no warning.
  if (lists.every(({ length }) => length === 0)) return [];
  return lists.flat().sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column);
}

/** Opcodes that declare without running, or only end what others begin. */
const STILL: ReadonlySet<string> = new Set("PARAM INT LIST ARRAY CANVAS FRAMES NEXT ELSE END".split(" "));

/** A `DEF` that no `CALL` outside it names, and the index of its first instruction. */
interface UnusedProcedure {
  readonly definition: InstructionOf<"DEF">;
  readonly start: number;
}

function findUnusedProcedures(instructions: readonly Instruction[]): readonly UnusedProcedure[] {
  const called = new Set<number>();
  for (const [index, instruction] of instructions.entries()) {
    if (instruction.op !== "CALL" || instruction.procedure === undefined) continue;
    const definition = instructions[instruction.procedure] as InstructionOf<"DEF">;
    const isInside = index > instruction.procedure && index < definition.target;
    if (!isInside) called.add(instruction.procedure);
  }
  return instructions.flatMap((definition, index) =>
    definition.op === "DEF" && !called.has(index) ? [{ definition, start: index + 1 }] : [],
  );
}

function describeUnusedProcedure({ definition }: UnusedProcedure): Warning {
  const message = (): string => `no CALL runs the procedure ${definition.name}`;
  return { code: "PXL_UNUSED_PROCEDURE", span: definition, message };
}

/**
 * Returns one warning for each run of unreachable instructions, {@link STILL} ones and those of unused procedures not
 * counted.
 */
function findUnreachable(
  instructions: readonly Instruction[],
  reachability: Reachability,
  unused: readonly UnusedProcedure[],
): Warning[] {
  // A copy takes as long as all the rest for a short program.
  const reached = unused.length === 0 ? reachability.reached : reachability.reached.slice();
  for (const { definition, start } of unused) reached.fill(1, start, definition.target);
  const first = reached.indexOf(0);
  if (first < 0) return [];
  const runs: { readonly span: Span; length: number }[] = [];
  let isInRun = false;
  for (let index = first; index < instructions.length; index++) {
    const instruction = instructions[index] as Instruction;
    if (STILL.has(instruction.op)) continue;
    const run = runs.at(-1);
    if (reached[index] === 1) {
      isInRun = false;
    } else if (isInRun && run !== undefined) {
      run.length++;
    } else {
      runs.push({ span: instruction, length: 1 });
      isInRun = true;
    }
  }
  return runs.map(({ span, length }) => ({
    code: "PXL_UNREACHABLE",
    span,
    message: () =>
      length === 1
        ? "this instruction is never reached"
        : `this instruction and ${length - 1} more after it are never reached`,
  }));
}

function findNeverHalting(
  instructions: readonly Instruction[],
  { reached, mayHalt }: Reachability,
): Warning[] {
  if (mayHalt) return [];
  const isReached = (_: Instruction, index: number): boolean => reached[index] === 1;
  const goesBack = (instruction: Instruction, index: number): boolean =>
    "target" in instruction && instruction.target <= index && isReached(instruction, index);
  const cause = instructions.find(goesBack) ?? instructions.findLast(isReached);
  if (cause === undefined) return [];
  const message = (): string => "the program never ends: no path reaches a HALT or the last line";
  return [{ code: "PXL_NEVER_HALTS", span: cause, message }];
}

function findUnusedLabels({ instructions, labels }: Program): Warning[] {
  if (labels.size === 0) return [];
  const used = new Set(instructions.map((instruction) => "label" in instruction && instruction.label));
  return Array.from(labels)
    .filter(([name]) => !used.has(name))
    .map(([name, { span }]) => ({
      code: "PXL_UNUSED_LABEL",
      span,
      message: () =>
        name.toUpperCase() in OPCODE_ENTRIES
          ? `no instruction jumps to ${name}; an opcode has no colon`
          : `no instruction jumps to ${name}`,
    }));
}

function findUnusedParams({ instructions, params }: Program): Warning[] {
  if (params.length === 0) return [];
  const used = new Set(instructions.flatMap(referencesOf).map(({ name }) => name));
  return params
    .filter(({ name }) => !used.has(name))
    .map((param) => ({
      code: "PXL_UNUSED_PARAM",
      span: param,
      message: () => `no later line refers to the parameter ${param.name}`,
    }));
}

/** Returns one warning for each variable that is used although no `SET` of it is reached. */
function findNeverSet({ instructions, params, plain }: Program, { reached }: Reachability): Warning[] {
  if (plain) return [];
  const known = new Set(params.map(({ name }) => name));
  for (const instruction of instructions) {
    if (instruction.op === "ARRAY") known.add(instruction.name);
    if (instruction.op === "DEF") for (const name of instruction.args) known.add(name);
  }
  const running = instructions.filter((_, index) => reached[index] === 1);
  for (const name of running.flatMap(declaredVariables)) known.add(name);

  const warnings: Warning[] = [];
  for (const instruction of running) {
    for (const { name, span } of referencesOf(instruction).concat(changedVariables(instruction))) {
      if (known.has(name)) continue;
      known.add(name);
      const message = (): string => `${shortName(name)} is 0 here, because no SET of it is reached`;
      warnings.push({ code: "PXL_NEVER_SET", span, message });
    }
  }
  return warnings;
}

/** Returns one warning for each variable or array that instructions set, but none reads, at the first that sets it. */
function findNeverRead({ instructions, plain }: Program): Warning[] {
  if (plain) return [];
  const read = new Set<string>();
  for (const instruction of instructions) {
    // An instruction that changes a variable does not use it: `SET n n + 1`.
    const changed = setVariable(instruction);
    for (const { name } of referencesOf(instruction)) if (name !== changed) read.add(name);
    // A loop uses its variable.
    if (instruction.op === "FOR") read.add(instruction.name);
  }
  const warnings: Warning[] = [];
  for (const instruction of instructions) {
    const name = instruction.op === "ARRAY" ? instruction.name : setVariable(instruction);
    if (name === undefined || read.has(name)) continue;
    read.add(name);
    const message = (): string => `no instruction uses the value of ${shortName(name)}`;
    warnings.push({ code: "PXL_NEVER_READ", span: instruction, message });
  }
  return warnings;
}
