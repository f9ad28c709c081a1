import type { Instruction, OpcodeName, VariableInstruction, VariableOpcode } from "@gvpie/pxl-parser";

import { packColor } from "./color.ts";
import type { DrawListBuilder } from "./draw-list.ts";
import { type ControlRule, FOLLOWING } from "./machine/control.ts";
import { type Pen, placeBox } from "./pen.ts";
import type { Resolved } from "./resolved.ts";
import { drawArc } from "./shapes/arc.ts";
import { drawCircle, drawDisc } from "./shapes/circle.ts";
import { drawFill } from "./shapes/fill.ts";
import { drawImage, isEmptyImage } from "./shapes/image.ts";
import { drawLine } from "./shapes/line.ts";
import { drawPolygon } from "./shapes/polygon.ts";
import { drawRoundedBox, drawRoundedRect } from "./shapes/rounded.ts";
import { drawSprite } from "./shapes/sprite.ts";
import { drawText, drawWrapped } from "./shapes/text.ts";

/** An opcode that draws. */
export interface DrawingOpcode<Op extends OpcodeName = OpcodeName> {
  readonly kind: "drawing";
  /** Adds the drawing to a list that is clipped to the pen's box. Paints each pixel at most once. */
  draw(list: DrawListBuilder, pen: Pen, drawing: Resolved<Op>): void;
  /** True if the drawing has no pixels at any position; `checkDrawing` then gives no warning. */
  isEmpty(drawing: Resolved<Op>): boolean;
}

/** An opcode that changes the pen. */
export interface PenOpcode<Op extends OpcodeName = OpcodeName> {
  readonly kind: "pen";
  /** Returns the changed pen. */
  setPen(pen: Pen, setting: Resolved<Op>): Pen;
}

/** An opcode that changes a variable. */
export interface ArithmeticOpcode {
  readonly kind: "arithmetic";
  /** Returns the new value, before the check for overflow; not finite for a division by 0. */
  readonly calculate: (value: number, operand: number) => number;
}

/** An opcode that decides which instruction runs next. */
export interface ControlOpcode {
  readonly kind: "control";
  readonly rule: ControlRule;
  /** The rule of the other form of the opcode: IF without a label, and END of a DEF. */
  readonly otherRule: ControlRule;
}

/** An opcode that sets the state of the random numbers. */
interface SeedOpcode {
  readonly kind: "seed";
}

/** An opcode that has no effect when it runs. */
interface DeclarationOpcode {
  readonly kind: "declaration";
}

type Entry<Op extends OpcodeName> =
  | DrawingOpcode<Op>
  | PenOpcode<Op>
  | (Op extends VariableOpcode ? ArithmeticOpcode : never)
  | ControlOpcode
  | SeedOpcode
  | DeclarationOpcode;

export type OpcodeEffect =
  | DrawingOpcode
  | PenOpcode
  | ArithmeticOpcode
  | ControlOpcode
  | SeedOpcode
  | DeclarationOpcode;

function drawing<Op extends OpcodeName>(
  draw: DrawingOpcode<Op>["draw"],
  isEmpty: DrawingOpcode<Op>["isEmpty"] = () => false,
): DrawingOpcode<Op> {
  return { kind: "drawing", draw, isEmpty };
}

function pen<Op extends OpcodeName>(setPen: PenOpcode<Op>["setPen"]): PenOpcode<Op> {
  return { kind: "pen", setPen };
}

function arithmetic(calculate: ArithmeticOpcode["calculate"]): ArithmeticOpcode {
  return { kind: "arithmetic", calculate };
}

function control(rule: ControlRule, otherRule = rule): ControlOpcode {
  return { kind: "control", rule, otherRule };
}

/** The rule of RET, and of the END of a DEF. */
const RETURN: ControlRule = { next: "top", when: "always", stack: "pop", halts: false };

/**
 * The effect of each opcode: one entry for each entry of the table in `@gvpie/pxl-parser`, which holds its name, its
 * operands with their ranges, and its description. Operands are resolved by their kinds.
 */
export const OPCODES: { readonly [Op in OpcodeName]: Entry<Op> } = {
  TXT: drawing(
    (list, pen, { x, y, text }) => drawText(list, x + pen.originX, y + pen.originY, text, pen),
    ({ text }) => text === "",
  ),
  RECT: drawing(
    (list, { color, originX, originY }, { x, y, w, h, radius }) =>
      radius === undefined
        ? list.rect(x + originX, y + originY, w, h, color)
        : drawRoundedRect(list, x + originX, y + originY, w, h, radius, color),
    ({ w, h }) => w === 0 || h === 0,
  ),
  BOX: drawing(
    (list, { color, originX, originY }, { x, y, w, h, radius = 0 }) =>
      drawRoundedBox(list, x + originX, y + originY, w, h, radius, color),
    ({ w, h }) => w === 0 || h === 0,
  ),
  LINE: drawing((list, { color, originX, originY }, { x0, y0, x1, y1 }) =>
    drawLine(list, x0 + originX, y0 + originY, x1 + originX, y1 + originY, color),
  ),
  CIRCLE: drawing((list, { color, originX, originY }, { x, y, r }) =>
    drawCircle(list, x + originX, y + originY, r, color),
  ),
  DISC: drawing((list, { color, originX, originY }, { x, y, r }) =>
    drawDisc(list, x + originX, y + originY, r, color),
  ),
  PIX: drawing((list, { color, originX, originY }, { x, y }) =>
    list.rect(x + originX, y + originY, 1, 1, color),
  ),
  SPRITE: drawing(
    (list, { color, scale, originX, originY }, { x, y, w, rows }) =>
      drawSprite(list, x + originX, y + originY, w, rows, scale, color),
    ({ rows }) => rows.every((row) => /^0*$/.test(row)),
  ),
  CLEAR: drawing((list, { color }) =>
    list.rect(list.left, list.top, list.right - list.left, list.bottom - list.top, color),
  ),
  COLOR: pen((pen, { color }) => ({ ...pen, color: packColor(color) })),
  SCALE: pen((pen, { n }) => ({ ...pen, scale: n })),
  ALIGN: pen((pen, { align }) => ({ ...pen, align })),
  ORIGIN: pen((pen, { x, y }) => ({ ...pen, originX: x, originY: y })),
  CLIP: pen((pen, { box }) => ({ ...pen, clip: box && placeBox(pen, box) })),
  PARAM: { kind: "declaration" },
  SET: arithmetic((_, operand) => operand),
  ADD: arithmetic((value, operand) => value + operand),
  SUB: arithmetic((value, operand) => value - operand),
  // A product that is not exact as a double is far beyond the range, and stays so when rounded.
  MUL: arithmetic((value, operand) => value * operand),
  DIV: arithmetic((value, operand) => Math.trunc(value / operand)),
  MOD: arithmetic((value, operand) => value % operand),
  JMP: control({ next: "target", when: "always", stack: "keep", halts: false }),
  IF: control(
    { next: "target", when: "holds", stack: "keep", halts: false },
    { next: "target", when: "fails", stack: "keep", halts: false },
  ),
  CALL: control({ next: "target", when: "always", stack: "push", halts: false }),
  RET: control(RETURN),
  HALT: control({ next: "same", when: "always", stack: "keep", halts: true }),
  FOR: control({ next: "target", when: "is empty", stack: "keep", halts: false }),
  NEXT: control({ next: "target", when: "continues", stack: "keep", halts: false }),
  ELSE: control({ next: "target", when: "always", stack: "keep", halts: false }),
  END: control(FOLLOWING, RETURN),
  DEF: control({ next: "target", when: "always", stack: "keep", halts: false }),
  LIST: { kind: "declaration" },
  ARRAY: { kind: "declaration" },
  INT: { kind: "declaration" },
  SEED: { kind: "seed" },
  PRINT: drawing(
    (list, pen, { x, y, text }) => drawText(list, x + pen.originX, y + pen.originY, text, pen),
    ({ text }) => text === "",
  ),
  WRAP: drawing(
    (list, pen, { x, y, w, h, text }) =>
      drawWrapped(list, { x: x + pen.originX, y: y + pen.originY, w, h }, text, pen),
    ({ w, h, text }) => w === 0 || h === 0 || text === "",
  ),
  FONT: pen((pen, { font }) => ({ ...pen, font })),
  TRI: drawing((list, { color, originX, originY }, { x0, y0, x1, y1, x2, y2 }) =>
    drawPolygon(list, [x0, y0, x1, y1, x2, y2], originX, originY, color),
  ),
  POLY: drawing((list, { color, originX, originY }, { points }) =>
    drawPolygon(list, points, originX, originY, color),
  ),
  ARC: drawing(
    (list, { color, originX, originY }, { x, y, r, thickness, from, to }) =>
      drawArc(list, x + originX, y + originY, r, thickness, from, to, color),
    ({ thickness, from, to }) => thickness === 0 || to <= from,
  ),
  FILL: drawing(
    (list, { originX, originY }, { x, y, w, h, start, end, direction }) =>
      drawFill(list, x + originX, y + originY, w, h, packColor(start), packColor(end), direction),
    ({ w, h }) => w === 0 || h === 0,
  ),
  IMAGE: drawing(
    (list, { scale, originX, originY }, { x, y, w, palette, rows }) =>
      drawImage(list, x + originX, y + originY, w, rows, palette, scale),
    ({ palette, rows }) => isEmptyImage(rows, palette),
  ),
  CANVAS: { kind: "declaration" },
  FRAMES: { kind: "declaration" },
};

/** Returns the effect of an opcode. */
export function effectOf(op: OpcodeName): OpcodeEffect {
  return OPCODES[op];
}

/** Returns the rule of an instruction whose opcode has this effect. */
export function ruleOf(instruction: Instruction, { rule, otherRule }: ControlOpcode): ControlRule {
  if (instruction.op === "IF") return instruction.label === undefined ? otherRule : rule;
  if (instruction.op === "END") return instruction.closes === "DEF" ? otherRule : rule;
  return rule;
}

/** True if an instruction changes a variable, or a cell of an array. */
export function isArithmetic(instruction: Instruction): instruction is VariableInstruction {
  return OPCODES[instruction.op].kind === "arithmetic";
}
