import { findBraces } from "./braces.ts";
import type { Reference, TextValue } from "./operands.ts";
import type { Scope } from "./scope.ts";
import type { Span } from "./span.ts";

/** Splits a text at its references: every `{name}` of a name that an earlier line declares. */
export function splitText(text: string, place: Omit<Span, "length">, scope: Scope): TextValue {
  const pieces: (string | Reference)[] = [];
  let pending = 0;
  for (const { name, start, end, span } of findBraces(text, place)) {
    const declared = scope.nameInText(name);
    if (declared === undefined) continue;
    if (start > pending) pieces.push(text.slice(pending, start));
    pieces.push({ name: declared, span });
    pending = end;
  }
  if (pieces.length === 0) return text;
  if (pending < text.length) pieces.push(text.slice(pending));
  scope.dependsOnValues = true;
  return pieces;
}
