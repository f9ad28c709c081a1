import type { InsertionFormat } from "@gvpie/pxl-parser";

/**
 * Returns an integer in decimal notation, exactly: with a point before the last `decimals` digits, a comma before each
 * group of three digits of its whole part, and padded to `pad` characters with zeros after the sign or spaces before it.
 *
 * @param value an integer that a double holds exactly.
 */
export function formatInteger(
  value: number,
  { pad = 0, zero = false, decimals = 0, group = false }: InsertionFormat,
): string {
  const sign = value < 0 ? "-" : "";
  // The point follows at least one digit.
  const digits = String(Math.abs(value)).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const whole = digits.slice(0, point);
  const grouped = group ? whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",") : whole;
  const unsigned = decimals === 0 ? grouped : `${grouped}.${digits.slice(point)}`;
  return zero ? sign + unsigned.padStart(pad - sign.length, "0") : (sign + unsigned).padStart(pad, " ");
}
