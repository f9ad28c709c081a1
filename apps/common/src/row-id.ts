/**
 * Parses the id of a row: any signed 64-bit integer, as in SQLite.
 *
 * @returns a bigint for an id that a number cannot hold; undefined for other text.
 */
export function parseRowId(text: string): number | bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const id = Number(text);
  if (Number.isSafeInteger(id)) return id;
  const large = BigInt(text);
  return BigInt.asIntN(64, large) === large ? large : undefined;
}
