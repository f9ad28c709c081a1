/** Longest part of a text that a message shows, in code units. */
const SHOWN = 40;

/**
 * Checks the names of an object of options: a misspelled name would have no effect, and the content of a Map or an array
 * would be ignored.
 *
 * @param what the object in messages, such as `options` or `limits`.
 * @throws {TypeError} if it is neither undefined nor a plain object, or has a name that is not in `names`.
 */
export function checkOptions(what: string, value: unknown, names: readonly string[]): void {
  if (value === undefined) return;
  checkPlainObject(what, value);
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const near = names.find((other) => isNear(name, other));
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    const shown = JSON.stringify(name.slice(0, SHOWN));
    throw new TypeError(`expected ${what} named ${names.join(", ")}, got ${shown}${hint}`);
  }
}

/** @throws {TypeError} unless the value is an object literal, or one without a prototype, of any realm. */
function checkPlainObject(what: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf")) return;
  }
  throw new TypeError(`expected ${what} as a plain object, got ${describeValue(value)}`);
}

/** Checks a signal, of any realm. Throws a TypeError for any other value but undefined. */
export function checkSignal(value: unknown): void {
  const { throwIfAborted } = (value ?? {}) as { readonly throwIfAborted?: unknown };
  if (value !== undefined && typeof throwIfAborted !== "function") {
    throw new TypeError(`expected signal as an AbortSignal, got ${describeValue(value)}`);
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
  checkPlainObject(what, value);
  if (Object.getOwnPropertySymbols(value).length > 0) {
    throw new TypeError(`expected ${what} with names as keys, got a symbol`);
  }
  // Defines each key: an assignment to __proto__ would set the prototype.
  return Object.fromEntries(Object.entries(value));
}

/** Describes a value of any type in a few words, for the end of an error message: `expected …, got …`. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, SHOWN))}`;
  if (typeof value === "bigint") return `the bigint ${String(value).slice(0, SHOWN)}n`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const name = tag === "Object" ? classNameOf(value) : tag;
  return name === "" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name} object`;
}

/** Returns the name of an object's class; an empty text for a plain object. */
function classNameOf({ constructor }: { readonly constructor?: unknown }): string {
  if (typeof constructor !== "function" || constructor.name === "Object") return "";
  return constructor.name.slice(0, SHOWN);
}

/** True if the words are equal but for case and one letter that is wrong, missing, too many, or swapped with the next. */
function isNear(word: string, other: string): boolean {
  const [a, b] = [word.toLowerCase(), other.toLowerCase()];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  const isSwap = restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1) || isSwap;
}
