import { findBraces } from "./braces.ts";
import { countCodePoints } from "./characters.ts";
import type { Description } from "./diagnostic-list.ts";
import type { PxlWarningCode } from "./errors.ts";
import type { Instruction, InstructionOf } from "./instructions.ts";
import { nearest } from "./nearest.ts";
import { OPCODE_ENTRIES } from "./opcodes.ts";
import type { Reference } from "./operands.ts";
import { OPERATORS } from "./operator-table.ts";
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

/** Returns the name of the variable that a `SET` or an arithmetic instruction sets. */
function setVariable(instruction: Instruction): string | undefined {
  const kind = OPCODE_ENTRIES[instruction.op].operands[0]?.kind;
  const isSet = kind === "set variable" || (instruction.op === "SET" && instruction.index === undefined);
  return isSet && "name" in instruction ? instruction.name : undefined;
}

/** Returns a name as the program writes it: a local variable `x` of the procedure `f` is `f.x`. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
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
  const names = new Map<string, number>();
  for (const { op, name, line } of params) if (op !== "LIST") names.set(name, line);
  for (const instruction of instructions) {
    if (instruction.op === "SET" && instruction.index !== undefined) continue;
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
  const written = writtenText(pieces);
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

function writtenText(pieces: readonly (string | Reference)[]): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : `{${shortName(piece.name)}}`)).join("");
}

/** Braces with a content that is not too long for an expression. */
const BRACES = /\{[^{}]{1,200}\}/g;
/** An expression, or a name and a format. */
const EXPRESSION = /^\{(?:[A-Za-z0-9_+*/%()[\], \t-]+|[ \t]*[A-Za-z_]\w*[ \t]*:[ \t]*[0-9.,]+[ \t]*)\}$/;
const OPERATOR = /[+*/%()[\]:-]/;

/** Finds `{x+1}` and `{x:02}` in the texts of TXT, if they use a name that the program declares or that is built in. */
function findLiteralExpressions({ instructions, params }: Program): Warning[] {
  const candidates: InstructionOf<"TXT">[] = [];
  for (const instruction of instructions) {
    if (instruction.op !== "TXT") continue;
    const { text } = instruction;
    if (typeof text !== "string" || text.includes("{")) candidates.push(instruction);
  }
  if (candidates.length === 0) return [];
  const names = new Set([
    ...params.map(({ name }) => name),
    ...instructions.flatMap(declaredVariables).map(shortName),
    ...instructions.flatMap((instruction) => (instruction.op === "ARRAY" ? [instruction.name] : [])),
    ...instructions
      .flatMap((instruction) => (instruction.op === "DEF" ? instruction.args : []))
      .map(shortName),
    ...OPERATORS.filter(({ kind }) => kind === "name" || kind === "function").map(({ name }) => name),
  ]);
  return candidates.flatMap(({ text, line, column: start, length }) => {
    const written = writtenText(typeof text === "string" ? [text] : text);
    const first = start + length - countCodePoints(written, 0, written.length);
    let counted = 0;
    let column = first;
    const warnings: Warning[] = [];
    for (const { 0: found, index } of written.matchAll(BRACES)) {
      const words = found.match(/[A-Za-z_]\w*/g) ?? [];
      const isExpression = EXPRESSION.test(found) && OPERATOR.test(found);
      if (!isExpression || !words.some((word) => names.has(word))) continue;
      column += countCodePoints(written, counted, index);
      counted = index;
      const message = (): string =>
        `${found} is drawn literally, because TXT inserts only names; PRINT inserts expressions`;
      warnings.push({
        code: "PXL_LITERAL_EXPRESSION",
        span: { line, column, length: found.length },
        message,
      });
    }
    return warnings;
  });
}

/** Finds texts that begin and end with a quote, and have no other. */
function findLiteralQuotes(instructions: readonly Instruction[]): Warning[] {
  const warnings: Warning[] = [];
  for (const instruction of instructions) {
    const { op } = instruction;
    if (op !== "TXT" && op !== "PRINT" && op !== "WRAP") continue;
    const { text } = instruction;
    const pieces: readonly unknown[] = typeof text === "string" ? [text] : text;
    const [first, last] = [pieces[0], pieces.at(-1)];
    const isQuoted =
      typeof first === "string" && typeof last === "string" && first.startsWith('"') && last.endsWith('"');
    if (!isQuoted) continue;
    const quotes = pieces.reduce(
      (sum: number, piece) => sum + (typeof piece === "string" ? piece.split('"').length - 1 : 0),
      0,
    );
    if (quotes !== 2) continue;
    const message = (): string =>
      `the quotes are drawn: a text of ${op} is the rest of the line, without quotes`;
    warnings.push({ code: "PXL_LITERAL_QUOTES", span: instruction, message });
  }
  return warnings;
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
