import { COMMAND_STRIDE, KIND, KIND_RECT, RUN_LENGTH, RUN_START } from "./draw-list.ts";
import type { DrawList } from "./types.ts";

/**
 * Returns the number of commands that two draw lists of one program begin with in common: their frames are equal as far as
 * these commands paint. 0 if the lists have another size or background.
 */
export function countCommonCommands(a: DrawList, b: DrawList): number {
  if (a.width !== b.width || a.height !== b.height || a.background !== b.background) return 0;
  const most = Math.min(a.count, b.count);
  for (let i = 0; i < most; i++) if (!isSameCommand(a, b, i * COMMAND_STRIDE)) return i;
  return most;
}

function isSameCommand(a: DrawList, b: DrawList, at: number): boolean {
  const end = at + COMMAND_STRIDE;
  for (let word = at; word < end; word++) if (a.commands[word] !== b.commands[word]) return false;
  if (a.commands[at + KIND] === KIND_RECT) return true;
  const start = a.commands[at + RUN_START] as number;
  const glyphsEnd = start + (a.commands[at + RUN_LENGTH] as number);
  for (let i = start; i < glyphsEnd; i++) if (a.glyphs[i] !== b.glyphs[i]) return false;
  return true;
}
