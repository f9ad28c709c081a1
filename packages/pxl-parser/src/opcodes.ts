import {
  position,
  rest,
  scale,
  side,
  size,
  value,
  word,
  type Operand,
  type OperandValue,
} from "./operands.ts";
import type {
  Alignment,
  BareInstruction,
  CircleInstruction,
  ColorValue,
  Instruction,
  IntegerValue,
  JumpInstruction,
  PointInstruction,
  RectInstruction,
  Relation,
  TextValue,
  VariableInstruction,
  VariableOpcode,
} from "./types.ts";

/** What an opcode is called, takes and does. Parser, formatter, messages and docs draw on it; editors may. */
export interface Opcode {
  /** In upper case, ASCII letters only. */
  readonly name: Instruction["op"];
  /** In the order in which they are written. */
  readonly operands: readonly Operand[];
  /** True where all operands may be left out together. */
  readonly isOptional: boolean;
  /** True where the next instruction may be another than the following one. */
  readonly jumps: boolean;
  /** What its first operand, a name, is on later lines. */
  readonly declares: "parameter" | "variable" | undefined;
  /** One sentence. */
  readonly doc: string;
}

/** A value for each operand, in their order. */
type Values = readonly OperandValue[];

/** The span comes in parts, and stays so: an object of its own for each would double what the collector copies. */
type Build<I> = (values: Values, line: number, column: number, length: number) => I;

/** An opcode together with the shape of its instruction. */
export interface OpcodeEntry<I extends Instruction = Instruction> extends Opcode {
  readonly name: I["op"];
  readonly build: Build<I>;
}

function define<I extends Instruction>(
  name: I["op"],
  operands: readonly Operand[],
  doc: string,
  build: Build<I>,
  traits: Partial<Pick<Opcode, "isOptional" | "jumps" | "declares">> = {},
): OpcodeEntry<I> {
  const { isOptional = false, jumps = false, declares } = traits;
  return { name, operands, isOptional, jumps, declares, doc, build };
}

function bare<Op extends BareInstruction["op"]>(op: Op): Build<BareInstruction<Op>> {
  return (_values, line, column, length) => ({ op, line, column, length });
}

function point<Op extends PointInstruction["op"]>(op: Op): Build<PointInstruction<Op>> {
  return (values, line, column, length) => ({
    op,
    x: values[0] as IntegerValue,
    y: values[1] as IntegerValue,
    line,
    column,
    length,
  });
}

function rectangle<Op extends RectInstruction["op"]>(op: Op): Build<RectInstruction<Op>> {
  return (values, line, column, length) => ({
    op,
    x: values[0] as IntegerValue,
    y: values[1] as IntegerValue,
    w: values[2] as IntegerValue,
    h: values[3] as IntegerValue,
    line,
    column,
    length,
  });
}

function circle<Op extends CircleInstruction["op"]>(op: Op): Build<CircleInstruction<Op>> {
  return (values, line, column, length) => ({
    op,
    x: values[0] as IntegerValue,
    y: values[1] as IntegerValue,
    r: values[2] as IntegerValue,
    line,
    column,
    length,
  });
}

function variable<Op extends VariableOpcode>(op: Op): Build<VariableInstruction<Op>> {
  return (values, line, column, length) => ({
    op,
    name: values[0] as string,
    value: values[1] as IntegerValue,
    line,
    column,
    length,
  });
}

/** The target becomes known when all labels are. */
function jump<Op extends JumpInstruction["op"]>(op: Op): Build<JumpInstruction<Op>> {
  return (values, line, column, length) => ({
    op,
    label: values[0] as string,
    target: 0,
    line,
    column,
    length,
  });
}

const box = [
  position("x", "left edge, inside the rectangle"),
  position("y", "top edge, inside the rectangle"),
  size("w", "width"),
  size("h", "height"),
];
const centre = [position("x", "the centre's column"), position("y", "the centre's row"), size("r", "radius")];
const pixel = [position("x", "column"), position("y", "row")];
const label = word("label", "label", "where to go on");
const changed = word("set variable", "name", "the variable");

/** The language: one entry an opcode. A new opcode is one more entry, and its instruction in types.ts. */
export const OPCODE_ENTRIES: { readonly [I in Instruction as I["op"]]: OpcodeEntry<I> } = {
  TXT: define(
    "TXT",
    [
      position("x", "the text's left edge, middle or right edge, as ALIGN says"),
      position("y", "top edge of the glyphs"),
      rest("text", "text", "what to write"),
    ],
    "Writes text in the 5×7 font, 6 pixels a code point, without wrapping.",
    (values, line, column, length) => ({
      op: "TXT",
      x: values[0] as IntegerValue,
      y: values[1] as IntegerValue,
      text: values[2] as TextValue,
      line,
      column,
      length,
    }),
  ),
  RECT: define(
    "RECT",
    box,
    "Fills the half-open rectangle from (x, y) up to, but not including, (x + w, y + h).",
    rectangle("RECT"),
  ),
  BOX: define("BOX", box, "Draws the border of that rectangle, one pixel wide, inside it.", rectangle("BOX")),
  LINE: define(
    "LINE",
    [
      position("x0", "column of one end"),
      position("y0", "row of one end"),
      position("x1", "column of the other end"),
      position("y1", "row of the other end"),
    ],
    "Draws the line from (x0, y0) to (x1, y1), both included.",
    (values, line, column, length) => ({
      op: "LINE",
      x0: values[0] as IntegerValue,
      y0: values[1] as IntegerValue,
      x1: values[2] as IntegerValue,
      y1: values[3] as IntegerValue,
      line,
      column,
      length,
    }),
  ),
  CIRCLE: define(
    "CIRCLE",
    centre,
    "Draws the outline of the circle around (x, y) that is 2·r + 1 pixels wide.",
    circle("CIRCLE"),
  ),
  DISC: define("DISC", centre, "Fills that circle, its outline included.", circle("DISC")),
  PIX: define("PIX", pixel, "Paints one pixel.", point("PIX")),
  SPRITE: define(
    "SPRITE",
    [
      position("x", "left edge"),
      position("y", "top edge"),
      side("w", "width of the pattern"),
      side("h", "height of the pattern, the number of rows"),
      rest("rows", "rows", "a word of hexadecimal digits for each row, from the top"),
    ],
    "Paints the set bits of a pattern, the most significant bit of a row leftmost.",
    (values, line, column, length) => ({
      op: "SPRITE",
      x: values[0] as IntegerValue,
      y: values[1] as IntegerValue,
      w: values[2] as number,
      h: values[3] as number,
      rows: values[4] as readonly string[],
      line,
      column,
      length,
    }),
  ),
  CLEAR: define("CLEAR", [], "Paints the whole canvas, inside the clip.", bare("CLEAR")),
  COLOR: define(
    "COLOR",
    [word("color", "color", "of what follows")],
    "Sets the colour of what follows; white at first.",
    (values, line, column, length) => ({ op: "COLOR", color: values[0] as ColorValue, line, column, length }),
  ),
  SCALE: define(
    "SCALE",
    [scale("n", "pixels a side")],
    "Makes each pixel of texts and sprites n pixels wide and high; 1 at first.",
    (values, line, column, length) => ({ op: "SCALE", n: values[0] as IntegerValue, line, column, length }),
  ),
  ALIGN: define(
    "ALIGN",
    [word("alignment", "align", "which point of a text is at its x")],
    "Puts the left edge, the middle or the right edge of texts at their x; left at first.",
    (values, line, column, length) => ({ op: "ALIGN", align: values[0] as Alignment, line, column, length }),
  ),
  ORIGIN: define("ORIGIN", pixel, "Counts all later positions from (x, y) of the canvas.", point("ORIGIN")),
  CLIP: define(
    "CLIP",
    box,
    "Limits drawing to that rectangle; without operands, to the canvas again.",
    (values, line, column, length) => ({
      op: "CLIP",
      box:
        values[0] === undefined
          ? undefined
          : {
              x: values[0] as IntegerValue,
              y: values[1] as IntegerValue,
              w: values[2] as IntegerValue,
              h: values[3] as IntegerValue,
            },
      line,
      column,
      length,
    }),
    { isOptional: true },
  ),
  PARAM: define(
    "PARAM",
    [
      word("parameter", "name", "what later lines call it"),
      rest("default", "value", "what it is where the caller gives nothing else"),
    ],
    "Declares a parameter: a text that the caller may give.",
    (values, line, column, length) => ({
      op: "PARAM",
      name: values[0] as string,
      value: values[1] as string,
      line,
      column,
      length,
    }),
    { declares: "parameter" },
  ),
  SET: define(
    "SET",
    [word("variable", "name", "the variable"), value("value", "its new value")],
    "Gives a variable a value; its first SET declares it.",
    variable("SET"),
    { declares: "variable" },
  ),
  ADD: define("ADD", [changed, value("value", "summand")], "Adds to a variable.", variable("ADD")),
  SUB: define("SUB", [changed, value("value", "subtrahend")], "Subtracts from a variable.", variable("SUB")),
  MUL: define("MUL", [changed, value("value", "factor")], "Multiplies a variable.", variable("MUL")),
  DIV: define(
    "DIV",
    [changed, value("value", "divisor")],
    "Divides a variable, rounding toward zero.",
    variable("DIV"),
  ),
  MOD: define(
    "MOD",
    [changed, value("value", "divisor")],
    "Makes a variable the remainder of that division, with the sign that the variable had.",
    variable("MOD"),
  ),
  JMP: define("JMP", [label], "Goes on at a label.", jump("JMP"), { jumps: true }),
  IF: define(
    "IF",
    [
      value("left", "left side"),
      word("relation", "relation", "how the sides compare"),
      value("right", "right side"),
      label,
    ],
    "Goes on at a label where the comparison holds, and at the next line where it does not.",
    (values, line, column, length) => ({
      op: "IF",
      left: values[0] as IntegerValue,
      relation: values[1] as Relation,
      right: values[2] as IntegerValue,
      label: values[3] as string,
      target: 0,
      line,
      column,
      length,
    }),
    { jumps: true },
  ),
  CALL: define("CALL", [label], "Goes on at a label, and comes back at RET.", jump("CALL"), { jumps: true }),
  RET: define("RET", [], "Goes on after the CALL that was made last.", bare("RET"), { jumps: true }),
  HALT: define("HALT", [], "Ends the program; the lines after it are checked all the same.", bare("HALT")),
};

/** Every opcode of the language, in the order of its documentation. */
export const OPCODES: readonly Opcode[] = Object.values(OPCODE_ENTRIES);

/** How an instruction is written: `RECT x y w h`, `CLIP [x y w h]`. */
export function usageOf({ name, operands, isOptional }: Opcode): string {
  const names = operands.map((operand) => operand.name).join(" ");
  if (names === "") return name;
  return isOptional ? `${name} [${names}]` : `${name} ${names}`;
}
