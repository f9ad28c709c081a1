import type {
  Channels,
  Expression,
  InstructionOf,
  IntegerValue,
  OpcodeName,
  PaletteEntry,
  Reference,
  Span,
} from "@gvpie/pxl-parser";

/** An operand's value without its references; an optional group of operands, its fields likewise. */
type ResolvedValue<V> = V extends string | number | undefined
  ? V
  : V extends Reference | Expression | Channels
    ? never
    : V extends readonly (string | PaletteEntry)[]
      ? V
      : V extends readonly IntegerValue[]
        ? readonly number[]
        : V extends readonly unknown[]
          ? never
          : { readonly [Key in keyof V]: ResolvedValue<V[Key]> };

/** The points of a polygon are integers, also if the program names an array; rows are texts, also of a parameter. */
type ResolvedOperand<Key, V> = Key extends "points"
  ? readonly number[]
  : Key extends "rows"
    ? readonly string[]
    : ResolvedValue<V>;

/** An instruction with a value for every operand. An instruction without references is one itself. */
export type Resolved<Op extends OpcodeName = OpcodeName> = Op extends OpcodeName
  ? {
      readonly [Key in keyof InstructionOf<Op> as Exclude<Key, keyof Span>]: ResolvedOperand<
        Key,
        InstructionOf<Op>[Key]
      >;
    }
  : never;
