import { UsageError } from "../errors.ts";

/** Characters that a value may contain without quotation marks. */
const PLAIN = /^[\w/.,:=@+-]+$/;

/**
 * Returns a value as a unit file spells it: systemd.syntax(7).
 *
 * @throws {UsageError} if it contains a control character, for which there is no place in a unit.
 */
export function quoted(value: string): string {
  if (/\p{Cc}/u.test(value)) {
    throw new UsageError(`expected a path without control characters, got "${value}"`);
  }
  const escaped = value.replaceAll("%", "%%");
  return PLAIN.test(escaped.replaceAll("%%", ""))
    ? escaped
    : `"${escaped.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
