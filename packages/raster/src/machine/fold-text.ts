import type { Reference } from "@gvpie/pxl-parser";

import type { DrawingInstruction } from "../resolved.ts";
import type { Parameters } from "./parameters.ts";

/**
 * The instruction with the parameters in its text put in, so that what runs again and again looks up variables alone.
 * Each of them draws at least one glyph, and glyphs are limited; a million empty parameters would cost time unseen.
 */
export function foldText(instruction: DrawingInstruction, parameters: Parameters): DrawingInstruction {
  if (instruction.op !== "TXT" || typeof instruction.text === "string") return instruction;
  const pieces: (string | Reference)[] = [];
  let constant: string[] = [];
  for (const piece of instruction.text) {
    const text = typeof piece === "string" ? piece : parameters.get(piece.name);
    if (text !== undefined) constant.push(text);
    else {
      pieces.push(constant.join(""), piece);
      constant = [];
    }
  }
  pieces.push(constant.join(""));
  return { ...instruction, text: pieces };
}
