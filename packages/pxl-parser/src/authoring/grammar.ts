import type { Opcode } from "../opcodes.ts";
import { RELATIONS } from "../relations.ts";
import { writeGbnf } from "./gbnf.ts";
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
import {
  COMMON,
  isPicture,
  LOOP_VARIABLES,
  MAX_CELLS,
  MAX_SIDE,
  NAMES,
  ruleOf,
  SIDE,
  STATEMENTS,
} from "./subset.ts";

const STEP = "  ";

/**
 * Returns a GBNF grammar of a subset of the language, for the constrained decoding of llama.cpp and others. Every text that
 * it derives is a program without errors, in its canonical form. docs/language-models.md states the subset.
 */
export function programGrammar(): string {
  const rules = new Map<string, Rule>();
  rules.set("root", sequence(named("head"), repeat(named("line-0"), 1, Infinity), optional("HALT\n")));
  rules.set("head", head());
  for (const opcode of STATEMENTS.filter(({ operands }) => !operands.some(isPicture))) {
    rules.set(`op-${opcode.name.toLowerCase()}`, lineOf(opcode));
  }
  const simple = Array.from(rules.keys()).slice(2);
  rules.set("statement", choice(...simple.map(named)));
  const pictures = STATEMENTS.filter(({ operands }) => operands.some(isPicture));
  for (let level = 0; level <= LOOP_VARIABLES.length; level++) addLevel(rules, level, pictures);
  rules.set(
    "condition",
    choice(
      sequence(named("value"), " ", choice(...Object.keys(RELATIONS)), " ", named("value")),
      sequence(`${NAMES.text} IS `, repeat(named("character"), 1, 16)),
    ),
  );
  for (const [name, rule] of COMMON) rules.set(name, rule);
  return `# A subset of PXL-ε, language version 2: ${STATEMENTS.length} opcodes, FOR and IF. Written by gvpie language --grammar gbnf.\n${writeGbnf(rules)}`;
}

function head(): Rule {
  const side = decimal(1, MAX_SIDE);
  return sequence(
    optional("CANVAS ", side, " ", side, optional(" ", named("color")), "\n"),
    optional("FRAMES ", side, " ", side, "\n"),
    `PARAM ${NAMES.text} `,
    named("character"),
    repeat(sequence(optional(" "), named("character")), 0, 30),
    `\nINT ${NAMES.integer} 0 100 `,
    decimal(0, 100),
    `\nLIST ${NAMES.list} `,
    named("integer"),
    repeat(sequence(" ", named("integer")), 0, MAX_CELLS - 1),
    "\n",
    ...NAMES.variables.flatMap((name) => [`SET ${name} `, named("integer"), "\n"]),
  );
}

function lineOf(opcode: Opcode): Rule {
  if (opcode.name === "SET") {
    return sequence(
      "SET ",
      choice(named("variable"), sequence(`${NAMES.list}[`, named("simple"), "]")),
      " ",
      named("value"),
      "\n",
    );
  }
  const words = wordsOf(opcode);
  return sequence(opcode.name, opcode.isOptional ? optional(...words) : sequence(...words), "\n");
}

/** The operands on the line of an opcode, a blank before each. */
function wordsOf({ operands }: Opcode): readonly Rule[] {
  return operands
    .filter((operand) => !isPicture(operand))
    .map((operand) => {
      const word = sequence(" ", ruleOf(operand));
      return operand.isOptional ? optional(word) : word;
    });
}

/** Adds the lines inside `level` blocks. */
function addLevel(rules: Map<string, Rule>, level: number, pictures: readonly Opcode[]): void {
  const indentation = STEP.repeat(level);
  const variable = LOOP_VARIABLES[level];
  const lines = [named("statement")];
  for (const opcode of pictures) {
    const name = `${opcode.name.toLowerCase()}-${level}`;
    const row = opcode.operands.filter(isPicture).map(ruleOf);
    rules.set(
      name,
      sequence(
        opcode.name,
        ...wordsOf(opcode),
        "\n",
        repeat(sequence(`${indentation}| `, ...row, "\n"), SIDE, SIDE),
      ),
    );
    lines.push(named(name));
  }
  if (variable !== undefined) {
    const block = repeat(named(`line-${level + 1}`), 1, Infinity);
    rules.set(
      `for-${level}`,
      sequence(
        `FOR ${variable} `,
        named("number"),
        " ",
        named("number"),
        optional(" ", optional("-"), characters("1-9")),
        "\n",
        block,
        `${indentation}NEXT\n`,
      ),
    );
    rules.set(
      `if-${level}`,
      sequence(
        "IF ",
        named("condition"),
        "\n",
        block,
        optional(`${indentation}ELSE\n`, block),
        `${indentation}END\n`,
      ),
    );
    lines.push(named(`for-${level}`), named(`if-${level}`));
  }
  rules.set(`line-${level}`, sequence(literal(indentation), choice(...lines)));
}
