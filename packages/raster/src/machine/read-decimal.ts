const NUMBER = /^([+-]?)(?:(\d+)(?:\.(\d+))?|\.(\d+))(?:e([+-]?\d+))?$/i;

/** Digits of the greatest numbers whose value matters; a greater one is beyond 32 bits. */
const DIGITS = 12;

/**
 * Reads a decimal number, such as `-12.50` or `1e3`, as a count of units of 10 to the power of −`decimals`, exactly, rounded
 * to nearest and halves away from zero. The result of a number beyond ±10¹² may be any integer beyond.
 *
 * @returns `undefined` if the text, without the blanks around it, is not a number.
 */
export function readDecimal(text: string, decimals: number): number | undefined {
  const found = NUMBER.exec(text.trim());
  if (found === null) return undefined;
  const [, sign, whole = "", part, onlyPart, exponent = "0"] = found;
  const fraction = part ?? onlyPart ?? "";
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  if (digits === "") return 0;
  /** Number of digits before the point. */
  const point = digits.length - fraction.length + Number(exponent) + decimals;
  const size = point > DIGITS ? 10 ** DIGITS : roundAt(digits, point);
  return sign === "-" && size !== 0 ? -size : size;
}

/** Returns the number of the first `point` digits, at most 12, and one more if the next one is 5 or more. */
function roundAt(digits: string, point: number): number {
  if (point < 0) return 0;
  const whole = Number(digits.slice(0, point).padEnd(point, "0"));
  return digits.charCodeAt(point) >= 0x35 ? whole + 1 : whole;
}
