import type { Opcode } from "../opcodes.ts";
import type { Operand } from "../operands.ts";
import { RELATIONS } from "../relations.ts";
import { writePattern } from "./gbnf.ts";
import { characters, named, optional, repeat, sequence, type Rule } from "./rules.ts";
import {
  COMMON,
  LOOP_VARIABLES,
  MAX_CELLS,
  MAX_SIDE,
  NAMES,
  POINTS,
  ruleOf,
  SIDE,
  STATEMENTS,
} from "./subset.ts";

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

const MAX_LITERAL = 9999;

/**
 * Returns a JSON Schema, draft 2020-12, of a subset of the language, for structured output. `programOfJson` writes an instance
 * as a program, and that has no errors. docs/language-models.md states the subset and the rule.
 */
export function programSchema(): Schema {
  const defs: Record<string, Schema> = {
    expression: text(named("expression")),
    number: { anyOf: [integer(-MAX_LITERAL, MAX_LITERAL), reference("expression")] },
    size: { anyOf: [integer(0, MAX_LITERAL), reference("expression")] },
    value: { anyOf: [integer(-MAX_LITERAL, MAX_LITERAL), text(named("value"))] },
    color: text(named("color")),
    statement: { anyOf: STATEMENTS.flatMap(statementsOf) },
  };
  for (let level = LOOP_VARIABLES.length; level >= 0; level--) defs[`lines${level}`] = linesOf(level);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A program of PXL-ε, language version 2",
    ...object(
      {
        [NAMES.text]: text(
          sequence(named("character"), repeat(sequence(optional(" "), named("character")), 0, 30)),
        ),
        [NAMES.integer]: integer(0, 100),
        [NAMES.list]: array(integer(-MAX_LITERAL, MAX_LITERAL), 1, MAX_CELLS),
        lines: reference("lines0"),
      },
      {
        canvas: object(
          { w: integer(1, MAX_SIDE), h: integer(1, MAX_SIDE) },
          { background: reference("color") },
        ),
        frames: object({ n: integer(1, MAX_SIDE), ms: integer(1, MAX_SIDE) }),
      },
    ),
    $defs: defs,
  };
}

function linesOf(level: number): Schema {
  const statements = [reference("statement")];
  const variable = LOOP_VARIABLES[level];
  if (variable !== undefined) {
    const lines = reference(`lines${level + 1}`);
    const number = reference("number");
    statements.push(
      object(
        { op: { const: "FOR" }, name: { const: variable }, from: number, to: number, lines },
        { step: integer(1, 9) },
      ),
      object(
        {
          op: { const: "IF" },
          left: reference("value"),
          relation: { enum: Object.keys(RELATIONS) },
          right: reference("value"),
          lines,
        },
        { else: lines },
      ),
      object(
        {
          op: { const: "IF" },
          left: { const: NAMES.text },
          relation: { const: "IS" },
          right: text(repeat(named("character"), 1, 16)),
          lines,
        },
        { else: lines },
      ),
    );
  }
  return array({ anyOf: statements }, 1, undefined);
}

function statementsOf({ name, operands, isOptional }: Opcode): Schema[] {
  const op = { const: name };
  const schemas = (wanted: boolean): Record<string, Schema> =>
    Object.fromEntries(
      operands
        .filter((operand) => operand.isOptional === wanted)
        .map((operand) => [operand.name, schemaOf(operand)]),
    );
  const whole = object({ op, ...schemas(false) }, schemas(true));
  return isOptional ? [object({ op }), whole] : [whole];
}

function schemaOf(operand: Operand): Schema {
  switch (operand.kind) {
    case "position":
    case "number":
      return reference("number");
    case "size":
      return reference("size");
    case "value":
      return reference("value");
    case "scale":
      return integer(operand.min, operand.max);
    case "side":
      return { const: SIDE };
    case "rows":
      return array(text(repeat(characters("0-9a-f"), SIDE / 4, SIDE / 4)), SIDE, SIDE);
    case "picture":
      return array(text(ruleOf(operand)), SIDE, SIDE);
    case "points":
      return {
        anyOf: [{ const: NAMES.list }, array(array(reference("number"), 2, 2), POINTS.min, POINTS.max)],
      };
    case "color stop":
      return reference("color");
    default:
      return text(ruleOf(operand));
  }
}

function text(rule: Rule): Schema {
  return { type: "string", pattern: writePattern(rule, COMMON) };
}

function integer(minimum: number, maximum: number): Schema {
  return { type: "integer", minimum, maximum };
}

function reference(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}

function array(items: Schema, minItems: number, maxItems: number | undefined): Schema {
  return { type: "array", items, minItems, ...(maxItems !== undefined && { maxItems }) };
}

function object(required: Record<string, Schema>, more: Record<string, Schema> = {}): Schema {
  return {
    type: "object",
    properties: { ...required, ...more },
    required: Object.keys(required),
    additionalProperties: false,
  };
}
