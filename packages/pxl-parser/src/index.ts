export { checkOptions, checkPlainObject } from "./check-options.ts";
export { checkProgram } from "./check-program.ts";
export { readColor, readHexColor } from "./colors.ts";
export { describeValue } from "./describe-value.ts";
export { PxlError, type Diagnostic, type PxlErrorCode, type PxlWarningCode } from "./errors.ts";
export { formatProgram } from "./format-program.ts";
export type {
  AlignInstruction,
  BareInstruction,
  Box,
  CircleInstruction,
  ClipInstruction,
  ColorInstruction,
  IfInstruction,
  Instruction,
  InstructionOf,
  JumpInstruction,
  LineInstruction,
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
export { OPCODES, usageOf, type Opcode } from "./opcodes.ts";
export type {
  Alignment,
  ColorValue,
  IntegerOperand,
  IntegerValue,
  Operand,
  Reference,
  RestOperand,
  TextValue,
  WordOperand,
} from "./operands.ts";
export { isParsedProgram } from "./parsed-program.ts";
export { parseProgram } from "./parse-program.ts";
export { parseInteger } from "./read-word.ts";
export { compare, RELATIONS, type Relation } from "./relations.ts";
export type { Span } from "./span.ts";
export type { CheckResult, Label, ParseOptions, Program } from "./types.ts";
