import { findBraces } from "./braces.ts";
import { countCodePoints } from "./characters.ts";
import type { Description } from "./diagnostic-list.ts";
import type { PxlWarningCode } from "./errors.ts";
import type { Instruction, InstructionOf } from "./instructions.ts";
import { nearest } from "./nearest.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import { findReachable, type Reachability } from "./reachability.ts";
import { referencesOf } from "./references.ts";
import type { Span } from "./span.ts";
import type { Program } from "./types.ts";

export interface Warning {
  readonly code: PxlWarningCode;
  readonly span: Span;
  readonly message: () => string | Description;
}

/** With more names than this, no name is suggested, to limit the cost. */
const MAX_CANDIDATES = 100;

/** Returns the warnings of a program, in source order. Takes time linear in the program's length. */
export function findWarnings(program: Program): readonly Warning[] {
  const { instructions } = program;
  const reachability = findReachable(instructions);
  const warnings = [
    ...findUnreachable(instructions, reachability),
    ...findNeverHalting(instructions, reachability),
    ...findUnusedLabels(program),
    ...findUnusedParams(program),
    ...findNeverSet(program, reachability),
    ...findLiteralBraces(program),
  ];
  return warnings.sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column);
}

/** Opcodes that declare without running, or only end what others begin. */
const STILL: ReadonlySet<string> = new Set("PARAM INT LIST ARRAY CANVAS FRAMES NEXT ELSE END".split(" "));

/** Returns one warning for each run of unreachable instructions, {@link STILL} ones not counted. */
function findUnreachable(instructions: readonly Instruction[], { reached }: Reachability): Warning[] {
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
      message: () => `no instruction jumps to ${name}`,
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
    for (const { name, span } of [...referencesOf(instruction), ...changedVariables(instruction)]) {
      if (known.has(name)) continue;
      known.add(name);
      const message = (): string => `${name} is 0 here, because no SET of it is reached`;
      warnings.push({ code: "PXL_NEVER_SET", span, message });
    }
  }
  return warnings;
}

/** Returns the variable that an instruction both reads and changes, if it does. */
function changedVariables(instruction: Instruction): { readonly name: string; readonly span: Span }[] {
  const isChange = OPCODE_ENTRIES[instruction.op].operands[0]?.kind === "set variable";
  return isChange && "name" in instruction ? [{ name: instruction.name, span: instruction }] : [];
}

/** Returns the variable that an instruction declares, if it does. */
function declaredVariables(instruction: Instruction): string[] {
  const isDeclared = OPCODE_ENTRIES[instruction.op].declares === "variable";
  return isDeclared && "name" in instruction ? [instruction.name] : [];
}

/** Finds `{name}` of undeclared names in the texts of a program that declares names. */
function findLiteralBraces({ instructions, params, plain }: Program): Warning[] {
  // A SET makes a program depend on values.
  if (plain && params.length === 0) return [];
  const names = new Map(params.map(({ name, line }) => [name, line]));
  for (const instruction of instructions) {
    for (const name of declaredVariables(instruction)) {
      if (!names.has(name)) names.set(name, instruction.line);
    }
  }
  if (names.size === 0) return [];
  return instructions.flatMap((instruction) =>
    instruction.op === "TXT" ? findBracesInText(instruction, names) : [],
  );
}

function findBracesInText(
  { text, line, column: start, length }: InstructionOf<"TXT">,
  names: ReadonlyMap<string, number>,
): Warning[] {
  const pieces = typeof text === "string" ? [text] : text;
  const written = pieces.map((piece) => (typeof piece === "string" ? piece : `{${piece.name}}`)).join("");
  const column = start + length - countCodePoints(written, 0, written.length);
  const references = new Set(pieces.map((piece) => (typeof piece === "string" ? 0 : piece.span.column)));
  return Array.from(findBraces(written, { line, column }))
    .filter((braces) => !references.has(braces.span.column))
    .map((braces) => ({
      code: "PXL_LITERAL_BRACES",
      span: braces.span,
      message: () => describeBraces(braces, names),
    }));
}

/** `names` maps each name to the line that declares it. */
function describeBraces(
  { name, span }: { readonly name: string; readonly span: Span },
  names: ReadonlyMap<string, number>,
): string | Description {
  const literal = `{${name}} is drawn literally, because`;
  const declared = names.get(name);
  if (declared !== undefined) return `${literal} ${name} is declared further down, on line ${declared}`;
  const message = `${literal} no earlier PARAM or SET declares ${name}`;
  const meant = names.size > MAX_CANDIDATES ? undefined : nearest(name, names.keys());
  if (meant === undefined) return message;
  const text = `{${meant.word}}`;
  const hinted = `${message}; did you mean ${text}?`;
  const isEarlier = (names.get(meant.word) ?? span.line) < span.line;
  return meant.isCertain && isEarlier ? { message: hinted, fix: { ...span, text } } : hinted;
}
