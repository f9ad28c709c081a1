/**
 * The language: one entry per opcode, in the order of its documentation. The types of the instructions, the parser, the
 * formatter and the messages derive from it. The effect of each opcode is an entry in `@gvpie/raster`.
 */
export const OPCODE_TABLE = {
  TXT: {
    doc: "Draws text in the 5×7 font, 6 pixels a code point, without wrapping.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, middle or right edge of the text, as ALIGN says" },
      { name: "y", kind: "position", doc: "top edge of the glyphs" },
      { name: "text", kind: "text", doc: "text to draw" },
    ],
  },
  RECT: {
    doc: "Fills the half-open rectangle from (x, y) up to, but not including, (x + w, y + h).",
    operands: [
      { name: "x", kind: "position", doc: "left edge, inside the rectangle" },
      { name: "y", kind: "position", doc: "top edge, inside the rectangle" },
      { name: "w", kind: "size", doc: "width" },
      { name: "h", kind: "size", doc: "height" },
    ],
  },
  BOX: {
    doc: "Draws the border of a rectangle, one pixel wide, inside it.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, inside the rectangle" },
      { name: "y", kind: "position", doc: "top edge, inside the rectangle" },
      { name: "w", kind: "size", doc: "width" },
      { name: "h", kind: "size", doc: "height" },
    ],
  },
  LINE: {
    doc: "Draws the line from (x0, y0) to (x1, y1), both ends included.",
    operands: [
      { name: "x0", kind: "position", doc: "column of one end" },
      { name: "y0", kind: "position", doc: "row of one end" },
      { name: "x1", kind: "position", doc: "column of the other end" },
      { name: "y1", kind: "position", doc: "row of the other end" },
    ],
  },
  CIRCLE: {
    doc: "Draws the outline of the circle around (x, y) that is 2·r + 1 pixels wide.",
    operands: [
      { name: "x", kind: "position", doc: "column of the centre" },
      { name: "y", kind: "position", doc: "row of the centre" },
      { name: "r", kind: "size", doc: "radius" },
    ],
  },
  DISC: {
    doc: "Fills the circle around (x, y), its outline included.",
    operands: [
      { name: "x", kind: "position", doc: "column of the centre" },
      { name: "y", kind: "position", doc: "row of the centre" },
      { name: "r", kind: "size", doc: "radius" },
    ],
  },
  PIX: {
    doc: "Paints one pixel.",
    operands: [
      { name: "x", kind: "position", doc: "column" },
      { name: "y", kind: "position", doc: "row" },
    ],
  },
  SPRITE: {
    doc: "Paints the set bits of a pattern; the most significant bit of a row is its leftmost pixel.",
    operands: [
      { name: "x", kind: "position", doc: "left edge" },
      { name: "y", kind: "position", doc: "top edge" },
      { name: "w", kind: "side", doc: "width of the pattern" },
      { name: "h", kind: "side", doc: "height of the pattern, the number of rows" },
      { name: "rows", kind: "rows", doc: "a word of hexadecimal digits for each row, from the top" },
    ],
  },
  CLEAR: {
    doc: "Paints the whole canvas, inside the clip box.",
    operands: [],
  },
  COLOR: {
    doc: "Sets the colour of later drawings; initially white.",
    operands: [{ name: "color", kind: "color", doc: "colour of later drawings" }],
  },
  SCALE: {
    doc: "Makes each pixel of later texts and sprites n pixels wide and high; initially 1.",
    operands: [{ name: "n", kind: "scale", doc: "pixels a side" }],
  },
  ALIGN: {
    doc: "Puts the left edge, the middle or the right edge of later texts at their x; initially left.",
    operands: [{ name: "align", kind: "alignment", doc: "point of a text that is at its x" }],
  },
  ORIGIN: {
    doc: "Counts later positions from (x, y) of the canvas; initially (0, 0).",
    operands: [
      { name: "x", kind: "position", doc: "column" },
      { name: "y", kind: "position", doc: "row" },
    ],
  },
  CLIP: {
    doc: "Limits later drawings to a rectangle; without operands, to the whole canvas.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, inside the rectangle" },
      { name: "y", kind: "position", doc: "top edge, inside the rectangle" },
      { name: "w", kind: "size", doc: "width" },
      { name: "h", kind: "size", doc: "height" },
    ],
    group: "box",
  },
  PARAM: {
    doc: "Declares a parameter: a text that the caller may set.",
    operands: [
      { name: "name", kind: "parameter", doc: "name of the parameter on later lines" },
      { name: "value", kind: "default", doc: "its value if the caller sets none" },
    ],
  },
  SET: {
    doc: "Sets a variable; its first SET declares it.",
    operands: [
      { name: "name", kind: "variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "its new value" },
    ],
  },
  ADD: {
    doc: "Adds to a variable.",
    operands: [
      { name: "name", kind: "set variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "summand" },
    ],
  },
  SUB: {
    doc: "Subtracts from a variable.",
    operands: [
      { name: "name", kind: "set variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "subtrahend" },
    ],
  },
  MUL: {
    doc: "Multiplies a variable.",
    operands: [
      { name: "name", kind: "set variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "factor" },
    ],
  },
  DIV: {
    doc: "Divides a variable, rounding toward zero.",
    operands: [
      { name: "name", kind: "set variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "divisor" },
    ],
  },
  MOD: {
    doc: "Sets a variable to the remainder that DIV leaves, with the sign of the dividend.",
    operands: [
      { name: "name", kind: "set variable", doc: "the variable" },
      { name: "value", kind: "value", doc: "divisor" },
    ],
  },
  JMP: {
    doc: "Jumps to a label.",
    operands: [{ name: "label", kind: "label", doc: "label of the next instruction" }],
    flow: "jump",
  },
  IF: {
    doc: "Jumps to a label if the comparison holds.",
    operands: [
      { name: "left", kind: "value", doc: "left side" },
      { name: "relation", kind: "relation", doc: "relation between the sides" },
      { name: "right", kind: "value", doc: "right side" },
      { name: "label", kind: "label", doc: "label of the next instruction if the comparison holds" },
    ],
    flow: "branch",
  },
  CALL: {
    doc: "Jumps to a label; RET returns to the following instruction.",
    operands: [{ name: "label", kind: "label", doc: "label of the subroutine" }],
    flow: "call",
  },
  RET: {
    doc: "Returns to the instruction after the most recent CALL.",
    operands: [],
    flow: "return",
  },
  HALT: {
    doc: "Ends the program; the lines after it are still checked.",
    operands: [],
    flow: "halt",
  },
} as const;

export type OpcodeTable = typeof OPCODE_TABLE;
export type OpcodeName = keyof OpcodeTable;
