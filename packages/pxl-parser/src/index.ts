export { checkProgram } from "./check-program.ts";
export { PxlError, type Diagnostic, type PxlErrorCode } from "./errors.ts";
export { formatProgram } from "./format-program.ts";
export { OPCODES, type IntegerOperand, type Opcode, type Operand, type TextOperand } from "./opcodes.ts";
export { parseProgram } from "./parse-program.ts";
export type {
  CheckResult,
  HaltInstruction,
  Instruction,
  ParseOptions,
  Program,
  RectInstruction,
  Span,
  TxtInstruction,
} from "./types.ts";
