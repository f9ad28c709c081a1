export { checkProgram } from "./check-program.ts";
export { readColor } from "./colors.ts";
export { PxlError, type Diagnostic, type PxlErrorCode, type PxlWarningCode } from "./errors.ts";
export { formatProgram } from "./format-program.ts";
export { OPCODES, usageOf, type Opcode } from "./opcodes.ts";
export type { IntegerOperand, Operand, RestOperand, WordOperand } from "./operands.ts";
export { parseProgram } from "./parse-program.ts";
export type {
  Alignment,
  AlignInstruction,
  BareInstruction,
  Box,
  CheckResult,
  CircleInstruction,
  ClipInstruction,
  ColorInstruction,
  ColorValue,
  IfInstruction,
  Instruction,
  IntegerValue,
  JumpInstruction,
  Label,
  LineInstruction,
  ParamInstruction,
  ParseOptions,
  PointInstruction,
  Program,
  RectInstruction,
  Reference,
  Relation,
  ScaleInstruction,
  Span,
  SpriteInstruction,
  TextValue,
  TxtInstruction,
  VariableInstruction,
  VariableOpcode,
} from "./types.ts";
