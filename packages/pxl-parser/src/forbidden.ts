import { CR, isBlank, isControl, isPair, isSurrogate } from "./characters.ts";
import { codePointName } from "./quote.ts";

/** True for a character that no line may contain: a control other than tab, or a lone surrogate. */
export function isForbidden(source: string, index: number): boolean {
  const codeUnit = source.charCodeAt(index);
  if (isSurrogate(codeUnit)) return !isPair(source, index);
  return isControl(codeUnit) && !isBlank(codeUnit);
}

export function containsForbidden(source: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (isForbidden(source, index)) return true;
    if (isPair(source, index)) index++;
  }
  return false;
}

export function describeForbidden(codeUnit: number): string {
  if (isSurrogate(codeUnit)) {
    return `expected well-formed Unicode, got the lone surrogate ${codePointName(codeUnit)}`;
  }
  if (codeUnit === CR) return "expected LF or CR LF at the end of a line, got CR (U+000D) alone";
  return `expected no control character except tab, got ${codePointName(codeUnit)}`;
}
