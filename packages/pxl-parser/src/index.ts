export type {
  HaltInstruction,
  Instruction,
  Program,
  RectInstruction,
  Span,
  TxtInstruction,
} from "./types.ts";
