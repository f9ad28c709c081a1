import { describeValue } from "./describe-value.ts";
import { nearest } from "./nearest.ts";

/**
 * Checks that a value is a plain object, and that it has no keys but those in `names`. Plain is an object literal, the
 * result of `JSON.parse`, or an object without a prototype, of any realm. A class instance or a Map is refused, because
 * its content would be ignored.
 *
 * @param what the name of the value in the message, such as `options` or `limits`.
 * @throws {TypeError} with the nearest name for an unknown one.
 */
export function checkOptions(what: string, value: unknown, names: ReadonlySet<string>): void {
  checkPlainObject(what, value);
  for (const name in value) {
    // Own keys only: other code may have extended Object.prototype.
    if (!names.has(name) && Object.hasOwn(value, name)) throw unknownName(what, name, names);
  }
}

/** @throws {TypeError} unless `value` is an object as {@link checkOptions} accepts it. */
export function checkPlainObject(what: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null || isObjectPrototype(prototype)) return;
  }
  throw new TypeError(`expected ${what} as a plain object, got ${describeValue(value)}`);
}

/** True for the `Object.prototype` of another realm, such as a frame or a test environment. */
function isObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf");
}

function unknownName(what: string, name: string, names: ReadonlySet<string>): TypeError {
  const shown = JSON.stringify(name.slice(0, 64));
  const meant = nearest(name, names)?.word;
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return new TypeError(`expected ${what} named ${[...names].join(", ")}, got ${shown}${hint}`);
}
