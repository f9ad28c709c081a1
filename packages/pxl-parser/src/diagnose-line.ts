import {
  CR,
  DIGIT_0,
  HASH,
  MINUS,
  countCodePoints,
  isBlank,
  isControl,
  isPair,
  isSurrogate,
  skipBlanks,
  trimBlanks,
} from "./characters.ts";
import type { DiagnosticList } from "./diagnostic-list.ts";
import type { PxlErrorCode } from "./errors.ts";
import { matchOpcode } from "./match-opcode.ts";
import { nearestOpcode } from "./nearest-opcode.ts";
import { OPCODES, type IntegerOperand, type Opcode } from "./opcodes.ts";
import { codePointName, quote } from "./quote.ts";

/** A fault, and the code units from `start` up to `end` that it covers. */
interface Finding {
  readonly code: PxlErrorCode;
  readonly start: number;
  readonly end: number;
  readonly message: () => string;
}

/** Reports every fault of the line from `start` up to `end`, its terminator excluded, in source order. */
export function diagnoseLine(
  source: string,
  line: number,
  start: number,
  end: number,
  diagnostics: DiagnosticList,
): void {
  const findings = findFaults(source, start, trimBlanks(source, start, end));
  let reported = 0;
  let column = 1;
  for (let index = start; index <= end; column++) {
    for (; reported < findings.length; reported++) {
      const finding = findings[reported];
      if (finding === undefined || finding.start > index) break;
      const length = countCodePoints(source, finding.start, finding.end);
      diagnostics.add(finding.code, { line, column, length }, finding.message);
    }
    if (index < end && isForbidden(source, index)) {
      const codeUnit = source.charCodeAt(index);
      const code = isSurrogate(codeUnit) ? "PXL_LONE_SURROGATE" : "PXL_CONTROL_CHARACTER";
      diagnostics.add(code, { line, column, length: 1 }, () => describeForbidden(codeUnit));
    }
    index += isPair(source, index) ? 2 : 1;
  }
}

/** What is wrong with the instruction on a line, in source order; forbidden characters are not its business. */
function findFaults(source: string, lineStart: number, end: number): readonly Finding[] {
  const start = skipBlanks(source, lineStart);
  if (start >= end || source.charCodeAt(start) === HASH) return [];

  const findings: Finding[] = [];
  const find = (code: PxlErrorCode, from: number, to: number, message: () => string): void => {
    // A forbidden character is reported by itself: a word that holds one is not judged again.
    if (!holdsForbidden(source, from, to)) findings.push({ code, start: from, end: to, message });
  };

  const wordEnd = findWordEnd(source, start, end);
  const opcode = matchOpcode(source, start);
  if (opcode?.name.length !== wordEnd - start) {
    find("PXL_UNKNOWN_OPCODE", start, wordEnd, () => describeUnknown(source, start, wordEnd));
    return findings;
  }

  let index = wordEnd;
  for (const [i, operand] of opcode.operands.entries()) {
    const from = skipBlanks(source, index);
    if (from >= end) {
      const code = operand.kind === "text" ? "PXL_MISSING_TEXT" : "PXL_MISSING_OPERAND";
      find(code, end, end, () => describeMissing(opcode, i));
      return findings;
    }
    if (operand.kind === "text") return findings;
    const to = findWordEnd(source, from, end);
    const value = readInteger(source, from, to);
    if (value === undefined) {
      find("PXL_NOT_AN_INTEGER", from, to, () => describeNoInteger(opcode, operand, quote(source, from, to)));
    } else if (value < operand.min || value > operand.max) {
      find("PXL_OUT_OF_RANGE", from, to, () => describeRange(opcode, operand, quote(source, from, to)));
    }
    index = to;
  }

  const extra = skipBlanks(source, index);
  if (extra < end) find("PXL_EXTRA_OPERAND", extra, end, () => describeExtra(opcode, source, extra, end));
  return findings;
}

function findWordEnd(source: string, start: number, end: number): number {
  let index = start;
  while (index < end && !isBlank(source.charCodeAt(index))) index++;
  return index;
}

/** The value of `-?[0-9]+`, possibly Infinity. */
function readInteger(source: string, start: number, end: number): number | undefined {
  const negative = source.charCodeAt(start) === MINUS;
  const firstDigit = negative ? start + 1 : start;
  if (firstDigit === end) return undefined;
  let value = 0;
  for (let index = firstDigit; index < end; index++) {
    const digit = source.charCodeAt(index) - DIGIT_0;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

/** True for a character that no line may hold: a control other than tab, or half a surrogate pair. */
function isForbidden(source: string, index: number): boolean {
  const codeUnit = source.charCodeAt(index);
  if (isSurrogate(codeUnit)) return !isPair(source, index);
  return isControl(codeUnit) && !isBlank(codeUnit);
}

function holdsForbidden(source: string, start: number, end: number): boolean {
  for (let index = start; index < end; index++) {
    if (isForbidden(source, index)) return true;
    if (isPair(source, index)) index++;
  }
  return false;
}

function describeForbidden(codeUnit: number): string {
  if (isSurrogate(codeUnit)) {
    return `expected well-formed Unicode, found the lone surrogate ${codePointName(codeUnit)}`;
  }
  if (codeUnit === CR) return "expected LF or CR LF at the end of a line, found CR (U+000D) alone";
  return `expected no control character but tab, found ${codePointName(codeUnit)}`;
}

function describeUnknown(source: string, start: number, end: number): string {
  const found = quote(source, start, end);
  const nearest = nearestOpcode(source.slice(start, end));
  if (nearest !== undefined) return `expected an opcode, found ${found}; did you mean ${nearest.name}?`;
  const names = OPCODES.map(({ name }) => name);
  return `expected an opcode (${names.join(", ")}) or a comment (#), found ${found}`;
}

function describeMissing(opcode: Opcode, operandIndex: number): string {
  const missing = opcode.operands.slice(operandIndex).map(({ name }) => name);
  return `expected ${missing.join(", ")} (${usage(opcode)}), found the end of the line`;
}

function describeNoInteger(opcode: Opcode, operand: IntegerOperand, found: string): string {
  return `expected ${operand.name} as an integer such as 12${operand.min < 0 ? " or -3" : ""} (${usage(opcode)}), found ${found}`;
}

function describeRange(opcode: Opcode, operand: IntegerOperand, found: string): string {
  return `expected ${operand.name} from ${operand.min} to ${operand.max} (${usage(opcode)}), found ${found}`;
}

function describeExtra(opcode: Opcode, source: string, start: number, end: number): string {
  const hint = source.charCodeAt(start) === HASH ? "; a comment needs a line of its own" : "";
  return `expected the end of the line (${usage(opcode)}), found ${quote(source, start, end)}${hint}`;
}

/** How an instruction is written: `RECT x y w h`. */
function usage({ name, operands }: Opcode): string {
  return [name, ...operands.map((operand) => operand.name)].join(" ");
}
