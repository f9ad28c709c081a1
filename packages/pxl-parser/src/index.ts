export { PROGRAM_BOUNDS } from "./bounds.ts";
export { checkOptions, checkPlainObject } from "./check-options.ts";
export { checkProgram } from "./check-program.ts";
export { readColor, readHexColor } from "./colors.ts";
export { languageOf } from "./language-of.ts";
export { describeValue } from "./describe-value.ts";
export { PxlError, type Diagnostic, type Fix, type PxlErrorCode, type PxlWarningCode } from "./errors.ts";
export { formatProgram } from "./format-program.ts";
export type {
  AlignInstruction,
  BareInstruction,
  Box,
  CircleInstruction,
  ClipInstruction,
  ColorInstruction,
  IfInstruction,
  IntInstruction,
  Instruction,
  InstructionOf,
  JumpInstruction,
  LineInstruction,
  ListInstruction,
  ParameterInstruction,
  ParamInstruction,
  PointInstruction,
  RectInstruction,
  ScaleInstruction,
  SpriteInstruction,
  TxtInstruction,
  VariableInstruction,
  VariableOpcode,
} from "./instructions.ts";
export { isName } from "./names.ts";
export type { OpcodeName } from "./opcode-table.ts";
export { OPCODES, usageOf, type Flow, type Opcode } from "./opcodes.ts";
export {
  ALIGNMENTS,
  DIRECTIONS,
  FONT_NAMES,
  type Alignment,
  type Channels,
  type ColorStop,
  type ColorValue,
  type Direction,
  type Expression,
  type FontName,
  type Insertion,
  type InsertionFormat,
  type IntegerOperand,
  type IntegerValue,
  type Operand,
  type PaletteEntry,
  type Reference,
  type RestOperand,
  type Template,
  type TextValue,
  type WordOperand,
} from "./operands.ts";
export { OPERATORS, type Operator, type OperatorName } from "./operator-table.ts";
export { isParsedProgram } from "./parsed-program.ts";
export { parseProgram } from "./parse-program.ts";
export { readRows } from "./read-row.ts";
export { parseInteger } from "./read-word.ts";
export { compare, RELATIONS, type Relation } from "./relations.ts";
export type { Span } from "./span.ts";
export type { Animation, Canvas, CheckResult, Label, Language, ParseOptions, Program } from "./types.ts";
