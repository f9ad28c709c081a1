import { CR, isBlank, isControl, isPair, isSurrogate } from "./characters.ts";
import { codePointName } from "./quote.ts";

/** True for a character that no line may hold: a control other than tab, or half a surrogate pair. */
export function isForbidden(source: string, index: number): boolean {
  const codeUnit = source.charCodeAt(index);
  if (isSurrogate(codeUnit)) return !isPair(source, index);
  return isControl(codeUnit) && !isBlank(codeUnit);
}

export function holdsForbidden(source: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (isForbidden(source, index)) return true;
    if (isPair(source, index)) index++;
  }
  return false;
}

export function describeForbidden(codeUnit: number): string {
  if (isSurrogate(codeUnit)) {
    return `expected well-formed Unicode, found the lone surrogate ${codePointName(codeUnit)}`;
  }
  if (codeUnit === CR) return "expected LF or CR LF at the end of a line, found CR (U+000D) alone";
  return `expected no control character but tab, found ${codePointName(codeUnit)}`;
}
