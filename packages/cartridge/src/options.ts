/** Returns the number of insertions, deletions, substitutions and swaps of neighbours between two words. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    const above = rows[i - 1] as number[];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1);
      least = Math.min(least, (above[j - 1] as number) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (rows[i - 2]?.[j - 2] as number) + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}

/** Longest unknown name that is compared with the known ones and quoted in full. */
const MAX_NAME = 40;

/** Returns the known name that is nearest to a misspelled one; undefined if none is near. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const distances = known.map((other) => editDistance(lower, other.toLowerCase()));
  const least = Math.min(...distances);
  const found = known[distances.indexOf(least)];
  return found !== undefined && least <= Math.max(1, Math.floor(found.length / 3)) ? found : undefined;
}

/** Describes a value in an error message: its type or class, and short values themselves. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return value.length <= MAX_NAME ? JSON.stringify(value) : "a long string";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? "an object" : /^[AEIOU]/.test(tag) ? `an ${tag}` : `a ${tag}`;
}

/**
 * Checks the names of an object of options: a misspelled option would have no effect.
 *
 * @param what the object in messages, such as `options` or `limits`.
 * @throws {TypeError} if it is neither undefined nor an object, or has a key that is not in `known`.
 */
export function checkOptions(what: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (
    typeof options !== "object" ||
    options === null ||
    Array.isArray(options) ||
    ArrayBuffer.isView(options)
  ) {
    throw new TypeError(`expected ${what} as an object, got ${describeValue(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const shown = name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}…`;
    const near = name.length <= MAX_NAME ? nearest(name, known) : undefined;
    const hint = near ?? (known.length === 1 ? known.join() : `one of ${known.join(", ")}`);
    throw new TypeError(`expected ${hint} in ${what}, got an unknown name, ${JSON.stringify(shown)}`);
  }
}

/** Checks an option that is a text. Throws a TypeError for any other value but undefined. */
export function checkString(what: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") {
    throw new TypeError(`expected ${what} as a string, got ${describeValue(value)}`);
  }
}

/**
 * Returns a copy of an object of values by name, such as `params`. A record keeps only own enumerable keys, so an object with
 * a class, such as a Map, is refused, and so is a key that is a symbol.
 *
 * @throws {TypeError} if it is not a plain object.
 */
export function copyPlainObject(what: string, value: unknown): Record<string, unknown> {
  const expected = `expected ${what} as a plain object`;
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`${expected}, got ${describeValue(value)}`);
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  // An object of another realm has a prototype without a prototype, too.
  if (Array.isArray(value) || (prototype !== null && Object.getPrototypeOf(prototype) !== null)) {
    const { name } = (value.constructor ?? {}) as { readonly name?: string };
    const found = Array.isArray(value) ? "an array" : `an object of class ${name ?? "unknown"}`;
    const remedy =
      Object.prototype.toString.call(value) === "[object Map]" ? ": pass Object.fromEntries(map)" : "";
    throw new TypeError(`${expected}, got ${found}${remedy}`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new TypeError(`${expected} with names as keys, got a symbol`);
  }
  // Defines each key: an assignment to __proto__ would set the prototype.
  return Object.fromEntries(Object.entries(value));
}
