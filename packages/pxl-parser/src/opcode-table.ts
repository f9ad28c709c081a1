/**
 * The language: one entry per opcode, in the order of its documentation. An operand with `optional` may be left out, and
 * is then absent from the instruction; an opcode or operand with `since` needs that version of the language. The types of the instructions, the parser, the
 * formatter and the messages derive from it. The effect of each opcode is an entry in `@gvpie/raster`.
 */
export const OPCODE_TABLE = {
  TXT: {
    doc: "Draws text on one line, in the font that FONT sets, initially 5×7.",
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
      { name: "radius", kind: "size", doc: "radius of the corners", optional: true, since: 2 },
    ],
  },
  BOX: {
    doc: "Draws the border of a rectangle, one pixel wide, inside it.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, inside the rectangle" },
      { name: "y", kind: "position", doc: "top edge, inside the rectangle" },
      { name: "w", kind: "size", doc: "width" },
      { name: "h", kind: "size", doc: "height" },
      { name: "radius", kind: "size", doc: "radius of the corners", optional: true, since: 2 },
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
      {
        name: "rows",
        kind: "rows",
        doc: "a word of hexadecimal digits for each row, from the top, or the parameter that holds them",
      },
    ],
  },
  CLEAR: {
    doc: "Paints the whole canvas, inside the clip box.",
    operands: [],
  },
  COLOR: {
    doc: "Sets the colour of later drawings; initially white.",
    operands: [
      {
        name: "color",
        kind: "color",
        doc: "a colour, or three or four numbers from 0 to 255: red, green, blue and alpha",
      },
    ],
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
    doc: "Sets a variable, which its first SET declares, or a cell of an array: SET name[i] value.",
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
    doc: "Jumps to a label if the comparison holds; without a label, runs the lines up to ELSE or END only if it holds.",
    operands: [
      { name: "left", kind: "value", doc: "left side" },
      { name: "relation", kind: "relation", doc: "relation between the sides" },
      { name: "right", kind: "value", doc: "right side" },
      {
        name: "label",
        kind: "label",
        doc: "label of the next instruction if the comparison holds",
        optional: true,
      },
    ],
    flow: "branch",
  },
  CALL: {
    doc: "Jumps to a label or runs a procedure; RET returns to the following instruction.",
    operands: [
      { name: "label", kind: "label", doc: "label of the subroutine, or name of the procedure" },
      { name: "args", kind: "numbers", doc: "a value for each argument", optional: true, since: 2 },
    ],
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
  FOR: {
    doc: "Runs the lines up to NEXT for each value of a variable from one number to another.",
    operands: [
      { name: "name", kind: "variable", doc: "the variable" },
      { name: "from", kind: "number", doc: "first value" },
      { name: "to", kind: "number", doc: "limit, included" },
      {
        name: "step",
        kind: "number",
        doc: "difference between two values; 1 if it is omitted",
        optional: true,
      },
    ],
    flow: "branch",
    since: 2,
  },
  NEXT: {
    doc: "Ends a FOR: goes on with the next value, if there is one.",
    operands: [],
    flow: "branch",
    since: 2,
  },
  ELSE: {
    doc: "Begins the lines that run if the comparison of an IF does not hold.",
    operands: [],
    flow: "jump",
    since: 2,
  },
  END: {
    doc: "Ends an IF without a label, or a DEF.",
    operands: [],
    flow: "end",
    since: 2,
  },
  DEF: {
    doc: "Defines a procedure, which CALL runs: the lines up to END.",
    operands: [
      { name: "name", kind: "procedure", doc: "name of the procedure" },
      { name: "args", kind: "arguments", doc: "names of its arguments, at most 16" },
    ],
    flow: "jump",
    since: 2,
  },
  LIST: {
    doc: "Declares a list of integers, which the caller may replace.",
    operands: [
      { name: "name", kind: "array", doc: "name of the list" },
      { name: "values", kind: "integers", doc: "its integers" },
    ],
    since: 2,
  },
  ARRAY: {
    doc: "Declares an array of integers, initially 0.",
    operands: [
      { name: "name", kind: "array", doc: "name of the array" },
      { name: "size", kind: "cells", doc: "number of integers" },
    ],
    since: 2,
  },
  INT: {
    doc: "Declares a parameter that is always an integer from lo to hi.",
    operands: [
      { name: "name", kind: "parameter", doc: "name of the parameter" },
      { name: "lo", kind: "literal", doc: "least value; a lesser one becomes it" },
      { name: "hi", kind: "literal", doc: "greatest value; a greater one becomes it" },
      { name: "value", kind: "literal", doc: "its value if the caller sets none, or no number" },
      {
        name: "decimals",
        kind: "decimals",
        doc: "the integer counts units of 10 to the power of minus this",
        optional: true,
      },
    ],
    since: 2,
  },
  SEED: {
    doc: "Starts the random numbers of rand again, from a number.",
    operands: [{ name: "value", kind: "number", doc: "the number; 0 at the start of a run" }],
    since: 2,
  },
  PRINT: {
    doc: "Draws a text with values of expressions.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, middle or right edge of the text, as ALIGN says" },
      { name: "y", kind: "position", doc: "top edge of the glyphs" },
      { name: "text", kind: "template", doc: "text to draw, with {expressions}" },
    ],
    since: 2,
  },
  WRAP: {
    doc: "Draws a text in lines that fit a rectangle; the last one ends in … if text is left over.",
    operands: [
      { name: "x", kind: "position", doc: "left edge of the rectangle" },
      { name: "y", kind: "position", doc: "top edge of the rectangle" },
      { name: "w", kind: "size", doc: "width of the rectangle" },
      { name: "h", kind: "size", doc: "height of the rectangle" },
      { name: "text", kind: "template", doc: "text to draw, with {expressions}" },
    ],
    since: 2,
  },
  FONT: {
    doc: "Sets the font of later texts; initially 5x7.",
    operands: [{ name: "font", kind: "font", doc: "the font" }],
    since: 2,
  },
  TRI: {
    doc: "Fills a triangle, its edges included.",
    operands: [
      { name: "x0", kind: "position", doc: "column of the first corner" },
      { name: "y0", kind: "position", doc: "row of the first corner" },
      { name: "x1", kind: "position", doc: "column of the second corner" },
      { name: "y1", kind: "position", doc: "row of the second corner" },
      { name: "x2", kind: "position", doc: "column of the third corner" },
      { name: "y2", kind: "position", doc: "row of the third corner" },
    ],
    since: 2,
  },
  POLY: {
    doc: "Fills a polygon by the even-odd rule, its edges included.",
    operands: [
      { name: "points", kind: "points", doc: "column and row of each corner, or the name of a list of them" },
    ],
    since: 2,
  },
  ARC: {
    doc: "Draws a part of a ring around (x, y), clockwise.",
    operands: [
      { name: "x", kind: "position", doc: "column of the centre" },
      { name: "y", kind: "position", doc: "row of the centre" },
      { name: "r", kind: "size", doc: "outer radius" },
      { name: "thickness", kind: "size", doc: "outer radius less the inner one" },
      { name: "from", kind: "number", doc: "first direction, in degrees clockwise from up, included" },
      { name: "to", kind: "number", doc: "last direction, excluded" },
    ],
    since: 2,
  },
  FILL: {
    doc: "Fills a rectangle with a gradient from one colour to another.",
    operands: [
      { name: "x", kind: "position", doc: "left edge, inside the rectangle" },
      { name: "y", kind: "position", doc: "top edge, inside the rectangle" },
      { name: "w", kind: "size", doc: "width" },
      { name: "h", kind: "size", doc: "height" },
      { name: "start", kind: "color stop", doc: "first colour" },
      { name: "end", kind: "color stop", doc: "last colour" },
      { name: "direction", kind: "direction", doc: "side on which the last colour is" },
    ],
    since: 2,
  },
  IMAGE: {
    doc: "Paints a picture: its rows are the h lines after it, a character for each pixel; a dot paints nothing.",
    operands: [
      { name: "x", kind: "position", doc: "left edge" },
      { name: "y", kind: "position", doc: "top edge" },
      { name: "w", kind: "side", doc: "width of the picture, the characters of a row" },
      { name: "h", kind: "side", doc: "height of the picture, the number of rows" },
      { name: "palette", kind: "palette", doc: "the colour of each character" },
      { name: "rows", kind: "picture", doc: "the characters of each row, from the top" },
    ],
    since: 2,
  },
  CANVAS: {
    doc: "Sets the size of the canvas, and its background, where the caller sets none.",
    operands: [
      { name: "w", kind: "dimension", doc: "width" },
      { name: "h", kind: "dimension", doc: "height" },
      { name: "background", kind: "literal color", doc: "colour of the empty canvas", optional: true },
    ],
    since: 2,
  },
  FRAMES: {
    doc: "Makes the program an animation of n frames.",
    operands: [
      { name: "n", kind: "count", doc: "number of frames" },
      { name: "ms", kind: "count", doc: "milliseconds that each frame is shown" },
    ],
    since: 2,
  },
} as const;

export type OpcodeTable = typeof OPCODE_TABLE;
export type OpcodeName = keyof OpcodeTable;
