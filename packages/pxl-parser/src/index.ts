export { PxlError, type Diagnostic, type PxlErrorCode } from "./errors.ts";
export type {
  HaltInstruction,
  Instruction,
  ParseOptions,
  Program,
  RectInstruction,
  Span,
  TxtInstruction,
} from "./types.ts";
