import type { InsertionFormat } from "@gvpie/pxl-parser";

/** Writes an integer as `{value:format}` says. */
export function formatReference(
  value: number,
  { pad = 0, zero = false, decimals = 0, group = false }: InsertionFormat,
): string {
  let digits = String(Math.abs(value));
  while (digits.length <= decimals) digits = `0${digits}`;
  let whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals);
  if (group) {
    const groups: string[] = [];
    for (; whole.length > 3; whole = whole.slice(0, -3)) groups.unshift(whole.slice(-3));
    whole = [whole, ...groups].join(",");
  }
  const sign = value < 0 ? "-" : "";
  let text = decimals > 0 ? `${whole}.${fraction}` : whole;
  const zeros = zero ? pad - sign.length - text.length : 0;
  for (let i = 0; i < zeros; i++) text = `0${text}`;
  text = sign + text;
  while (text.length < pad) text = ` ${text}`;
  return text;
}

/** Breaks a text into at most `rows` lines of at most `columns` code points, as WRAP does. */
export function wrapReference(text: string, columns: number, rows: number): string[] {
  const lines: string[] = [];
  if (columns <= 0 || rows <= 0) return lines;
  let rest = Array.from(text);
  while (rest.length > 0) {
    const before = rest;
    let end = columns;
    // The last space that follows another character, and that the line reaches.
    for (let i = columns; i > 0 && rest.length > columns; i--) {
      if (rest[i] === " " && rest[i - 1] !== " ") {
        end = i;
        break;
      }
    }
    const isBreak = rest.length > columns && rest[end] === " " && rest[end - 1] !== " ";
    const line = rest.slice(0, end);
    rest = rest.slice(end);
    if (isBreak) rest = rest.slice(rest.findIndex((character) => character !== " ") >>> 0);
    if (rest.length > 0 && lines.length === rows - 1) {
      const cut = before.slice(0, columns - 1);
      while (cut.at(-1) === " ") cut.pop();
      return [...lines, `${cut.join("")}…`];
    }
    lines.push(line.join(""));
  }
  return lines;
}

/** Returns the value of an INT: the given one in units of 10^−decimals, between two limits, or its default. */
export function numberOf(
  given: string | number | undefined,
  lo: number,
  hi: number,
  value: number,
  decimals = 0,
): number {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(String(given ?? "").trim());
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || whole + fraction === "") return value;
  const power = Number(exponent) - fraction.length + decimals;
  let size = BigInt(whole + fraction);
  if (power >= 0) size *= 10n ** BigInt(power);
  else size = (size * 2n + 10n ** BigInt(-power)) / (2n * 10n ** BigInt(-power));
  const scaled = sign === "-" ? -size : size;
  return Number(scaled < BigInt(lo) ? BigInt(lo) : scaled > BigInt(hi) ? BigInt(hi) : scaled);
}
