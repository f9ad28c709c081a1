import type { Instruction } from "./instructions.ts";
import type { OpcodeName } from "./opcode-table.ts";
import type { OperandSpec, OperandValue } from "./operands.ts";

/**
 * Creates an instruction from the values of its operands, in order, and the parts of its span. The span is not a separate
 * object, because that would double the work of the garbage collector.
 */
export type Build = (
  values: readonly OperandValue[],
  line: number,
  column: number,
  length: number,
) => Instruction;

type BuildObject = (...parts: Parameters<Build>) => object;

/**
 * Functions that create instructions as object literals, by the names of their operands. They are five times as fast as
 * setting key by key. Operands without an entry work too, but reading a line of them takes twice as long.
 */
const LITERALS: Readonly<Record<string, (op: OpcodeName) => BuildObject>> = {
  "": (op) => (_, line, column, length) => ({ op, line, column, length }),
  "x y": (op) => (v, line, column, length) => ({ op, x: v[0], y: v[1], line, column, length }),
  "x y r": (op) => (v, line, column, length) => ({ op, x: v[0], y: v[1], r: v[2], line, column, length }),
  "x y w h": (op) => (v, line, column, length) => ({
    op,
    x: v[0],
    y: v[1],
    w: v[2],
    h: v[3],
    line,
    column,
    length,
  }),
  "x y text": (op) => (v, line, column, length) => ({
    op,
    x: v[0],
    y: v[1],
    text: v[2],
    line,
    column,
    length,
  }),
  "x0 y0 x1 y1": (op) => (v, line, column, length) => ({
    op,
    x0: v[0],
    y0: v[1],
    x1: v[2],
    y1: v[3],
    line,
    column,
    length,
  }),
  color: (op) => (v, line, column, length) => ({ op, color: v[0], line, column, length }),
  "name value": (op) => (v, line, column, length) => ({ op, name: v[0], value: v[1], line, column, length }),
  label: (op) => (v, line, column, length) => ({ op, label: v[0], target: 0, line, column, length }),
  "left relation right label": (op) => (v, line, column, length) => ({
    op,
    left: v[0],
    relation: v[1],
    right: v[2],
    label: v[3],
    target: 0,
    line,
    column,
    length,
  }),
};

/** Returns the function that creates an opcode's instructions. The `target` of a jump is 0 until all labels are known. */
export function createBuild(op: OpcodeName, operands: readonly OperandSpec[], group?: string): Build {
  const literal = group === undefined ? LITERALS[operands.map(({ name }) => name).join(" ")] : undefined;
  const build: BuildObject =
    literal?.(op) ??
    ((values, line, column, length) => {
      const fields: Record<string, unknown> = {};
      for (const [i, { name, kind }] of operands.entries()) {
        fields[name] = values[i];
        if (kind === "label") fields["target"] = 0;
      }
      if (group === undefined) return { op, ...fields, line, column, length };
      return { op, [group]: values.length === 0 ? undefined : fields, line, column, length };
    });
  return build as Build;
}
