import { COLOR_NAMES } from "../colors.ts";
import { OPCODES, type Opcode } from "../opcodes.ts";
import { ALIGNMENTS, DIRECTIONS, FONT_NAMES, type Operand } from "../operands.ts";
import { OPERATORS, type Operator } from "../operator-table.ts";
import { RELATIONS } from "../relations.ts";
import {
  characters,
  choice,
  decimal,
  literal,
  named,
  optional,
  repeat,
  sequence,
  type Rule,
} from "./rules.ts";

/** The names that every program of the subset declares, in this order. */
export const NAMES = {
  text: "title",
  integer: "level",
  list: "data",
  variables: ["x", "y", "n", "i", "j"],
} as const;

/** Width and height of the patterns of SPRITE and IMAGE. */
export const SIDE = 8;
/** The characters of an IMAGE that have a colour. */
export const KEYS: readonly string[] = ["a", "b", "c"];
/** The variables of FOR, by the number of FOR and IF around it. Blocks are at most this deep. */
export const LOOP_VARIABLES: readonly string[] = ["i", "j", "n"];

/** Least and greatest number of pairs of POLY, and most integers of LIST. */
export const POINTS = { min: 3, max: 8 } as const;
export const MAX_CELLS = 64;
/** Greatest width and height of CANVAS, number of FRAMES and milliseconds of each. */
export const MAX_SIDE = 999;

/** The opcodes of which each statement of the subset is one line, in the order of the table. */
export const STATEMENTS: readonly Opcode[] = OPCODES.filter(
  ({ flow, declares, operands }) =>
    flow === undefined &&
    declares !== "parameter" &&
    declares !== "array" &&
    operands.every(({ kind }) => kind !== "dimension" && kind !== "count"),
);

/** True for an operand that is a row line, and not on the line of its opcode. */
export function isPicture({ kind }: Operand): boolean {
  return kind === "picture";
}

const SPACED: readonly Operator[] = OPERATORS.filter(({ kind, arity }) => kind === "sign" && arity === 2);
const FUNCTIONS: readonly Operator[] = OPERATORS.filter(
  ({ kind, name }) => kind === "function" && name !== "len" && name !== "textwidth" && name !== "textlines",
);
const BUILT_IN: readonly Operator[] = OPERATORS.filter(({ kind }) => kind === "name");

const SIGN = choice(...SPACED.map(({ name }) => name));
const NAME = choice(
  ...NAMES.variables,
  NAMES.integer,
  ...BUILT_IN.map(({ name }) => name),
  `len(${NAMES.list})`,
  `textwidth(${NAMES.text})`,
);

/** The rules that operands share. Expressions are at most three levels deep. */
export const COMMON: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  // The literals of the subset have at most four digits, although most operands take greater numbers.
  ["natural", choice("0", sequence(characters("1-9"), repeat(characters("0-9"), 0, 3)))],
  ["integer", choice("0", sequence(optional("-"), characters("1-9"), repeat(characters("0-9"), 0, 3)))],
  ["variable", choice(...NAMES.variables)],
  ["name", NAME],
  ["sign", SIGN],
  ["atom", choice(named("natural"), named("name"))],
  ["simple", sequence(named("atom"), repeat(sequence(named("sign"), named("atom")), 0, 2))],
  [
    "call",
    choice(
      sequence(functions(1), "(", named("simple"), ")"),
      sequence(functions(2), "(", named("simple"), ",", named("simple"), ")"),
      sequence(`${NAMES.list}[`, named("simple"), "]"),
    ),
  ],
  ["term", choice(named("atom"), named("call"), sequence("(", named("simple"), ")"))],
  [
    "expression",
    sequence(choice(named("name"), named("call")), repeat(sequence(named("sign"), named("term")), 0, 3)),
  ],
  ["number", choice(named("integer"), named("expression"))],
  ["size", choice(named("natural"), named("expression"))],
  [
    "value",
    choice(
      named("integer"),
      sequence(
        choice(named("name"), named("call")),
        repeat(sequence(" ", named("sign"), " ", named("term")), 0, 3),
      ),
    ),
  ],
  [
    "color",
    choice(
      sequence(
        "#",
        choice(
          repeat(characters("0-9a-f"), 3, 3),
          sequence(repeat(characters("0-9a-f"), 6, 6), optional(repeat(characters("0-9a-f"), 2, 2))),
        ),
      ),
      ...COLOR_NAMES.keys(),
    ),
  ],
  ["channel", choice(decimal(0, 255), named("expression"))],
  ["character", characters(String.raw`^{} \x00-\x1F\x7F-\x9F`)],
  ["plain", spaced(choice(named("character"), `{${NAMES.text}}`, `{${NAMES.integer}}`))],
  [
    "template",
    spaced(
      choice(
        named("character"),
        `{${NAMES.text}}`,
        sequence("{", named("expression"), optional(":", choice("02", "3", ".1", ",")), "}"),
      ),
    ),
  ],
]);

/** Returns the names of the functions that take this many numbers. */
function functions(arity: number): Rule {
  return choice(...FUNCTIONS.filter((one) => one.arity === arity).map(({ name }) => name));
}

/** At least one piece; one space may be before each. */
function spaced(piece: Rule): Rule {
  return repeat(sequence(optional(" "), piece), 1, 60);
}

const CHOICES = {
  alignment: ALIGNMENTS,
  direction: DIRECTIONS,
  font: FONT_NAMES,
} as const;

/** Returns the rule of an operand on the line of its opcode. */
export function ruleOf(operand: Operand): Rule {
  const { kind } = operand;
  switch (kind) {
    case "position":
    case "number":
      return named("number");
    case "size":
      return named("size");
    case "scale":
      return choice(decimal(operand.min, operand.max), named("variable"));
    case "side":
      return literal(String(SIDE));
    case "value":
      return named("value");
    case "color":
      return choice(named("color"), sequence(named("channel"), " ", named("channel"), " ", named("channel")));
    case "color stop":
      return named("color");
    case "alignment":
    case "direction":
    case "font":
      return choice(...CHOICES[kind]);
    case "relation":
      return choice(...Object.keys(RELATIONS));
    case "variable":
    case "set variable":
      return named("variable");
    case "rows":
      return sequence(hexRow(), repeat(sequence(" ", hexRow()), SIDE - 1, SIDE - 1));
    case "palette":
      return sequence(...KEYS.flatMap((key, i) => [`${i === 0 ? "" : " "}${key}=`, named("color")]));
    case "picture":
      return repeat(characters(`.${KEYS.join("")}`), SIDE, SIDE);
    case "points":
      return choice(
        NAMES.list,
        sequence(pair(), repeat(sequence(" ", pair()), POINTS.min - 1, POINTS.max - 1)),
      );
    case "template":
      return named("template");
    case "text":
      return named("plain");
    default:
      throw new TypeError(`expected an operand of the subset, got one of the kind ${kind}`);
  }
}

function hexRow(): Rule {
  const digits = Math.ceil(SIDE / 4);
  return repeat(characters("0-9a-f"), digits, digits);
}

function pair(): Rule {
  return sequence(named("number"), " ", named("number"));
}
