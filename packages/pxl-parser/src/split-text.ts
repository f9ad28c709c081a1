import { countCodePoints } from "./characters.ts";
import type { Scope } from "./scope.ts";
import type { Reference, Span, TextValue } from "./types.ts";

/** A text with its references: every `{name}` of which an earlier line declares the name. Other braces stay. */
export function splitText(text: string, { line, column }: Omit<Span, "length">, scope: Scope): TextValue {
  if (scope.names.size === 0 || !text.includes("{")) return text;
  const pieces: (string | Reference)[] = [];
  let pending = 0;
  let counted = 0;
  let countedColumn = column;
  for (const match of text.matchAll(/\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/g)) {
    const [written, name = ""] = match;
    if (!scope.names.has(name)) continue;
    if (match.index > pending) pieces.push(text.slice(pending, match.index));
    countedColumn += countCodePoints(text, counted, match.index);
    counted = match.index;
    pending = match.index + written.length;
    pieces.push({ name, span: { line, column: countedColumn, length: written.length } });
  }
  if (pieces.length === 0) return text;
  if (pending < text.length) pieces.push(text.slice(pending));
  scope.dependsOnValues = true;
  return pieces;
}
