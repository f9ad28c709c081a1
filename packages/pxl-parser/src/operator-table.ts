/** An operator of expressions. Each one that is evaluated costs one step of fuel. */
interface OperatorSpec {
  /** Number of operands. */
  readonly arity: 0 | 1 | 2;
  /** A sign between or before the operands, a function, a cell of an array, or a name that nothing declares. */
  readonly kind: "sign" | "function" | "index" | "name";
  /** As it is written. */
  readonly signature: string;
  /** A noun phrase. */
  readonly doc: string;
}

/** Every operator, function and built-in name of expressions. The effect of each is an entry in `@gvpie/raster`. */
export const OPERATOR_TABLE = {
  "+": { arity: 2, kind: "sign", signature: "a + b", doc: "the sum" },
  "-": { arity: 2, kind: "sign", signature: "a - b", doc: "the difference" },
  "*": { arity: 2, kind: "sign", signature: "a * b", doc: "the product" },
  "/": { arity: 2, kind: "sign", signature: "a / b", doc: "the quotient, rounded toward zero" },
  "%": {
    arity: 2,
    kind: "sign",
    signature: "a % b",
    doc: "the remainder of a / b, with the sign of the dividend",
  },
  negate: { arity: 1, kind: "sign", signature: "-a", doc: "the number with the other sign" },
  min: { arity: 2, kind: "function", signature: "min(a, b)", doc: "the lesser number" },
  max: { arity: 2, kind: "function", signature: "max(a, b)", doc: "the greater number" },
  abs: { arity: 1, kind: "function", signature: "abs(a)", doc: "the number without its sign" },
  sqrt: { arity: 1, kind: "function", signature: "sqrt(a)", doc: "the square root, rounded down" },
  sin: { arity: 2, kind: "function", signature: "sin(degrees, r)", doc: "r times the sine, rounded" },
  cos: { arity: 2, kind: "function", signature: "cos(degrees, r)", doc: "r times the cosine, rounded" },
  rand: { arity: 1, kind: "function", signature: "rand(n)", doc: "a random number from 0 to n - 1" },
  len: { arity: 0, kind: "function", signature: "len(array)", doc: "the number of cells of an array" },
  index: {
    arity: 1,
    kind: "index",
    signature: "array[i]",
    doc: "a cell of an array, the first one at 0",
  },
  textwidth: {
    arity: 0,
    kind: "function",
    signature: 'textwidth("text")',
    doc: "the width of a text in pixels, with the font and the scale of the pen",
  },
  textlines: {
    arity: 1,
    kind: "function",
    signature: 'textlines("text", w)',
    doc: "the number of lines that WRAP makes of a text in w pixels",
  },
  width: { arity: 0, kind: "name", signature: "width", doc: "the width of the canvas" },
  height: { arity: 0, kind: "name", signature: "height", doc: "the height of the canvas" },
  frame: { arity: 0, kind: "name", signature: "frame", doc: "the number of the frame, the first one 0" },
  frames: { arity: 0, kind: "name", signature: "frames", doc: "the number of frames" },
  pitch: {
    arity: 0,
    kind: "name",
    signature: "pitch",
    doc: "the distance between two lines of text, with the font and the scale of the pen",
  },
} as const;

/** An operator, a function or a built-in name. `negate` is a minus before one operand, `index` a cell of an array. */
export type OperatorName = keyof typeof OPERATOR_TABLE;

/** An operator for editors and other tools. */
export interface Operator extends OperatorSpec {
  readonly name: OperatorName;
}

/** Every operator, in the order of its documentation. */
export const OPERATORS: readonly Operator[] = Object.entries<OperatorSpec>(OPERATOR_TABLE).map(
  ([name, spec]) => ({
    name: name as OperatorName,
    ...spec,
  }),
);
