/** Longest part of a text that a message shows, in code units. */
const SHOWN = 40;

/** Describes a value of any type in a few words, for the end of an error message: `expected …, got …`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(value.slice(0, SHOWN))}`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `the bigint ${String(value).slice(0, SHOWN)}n`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return "an array";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const named = tag === "Object" ? classNameOf(value) : tag;
  if (named === undefined) return "an object";
  return `${/^[AEIO]/.test(named) ? "an" : "a"} ${named} object`;
}

/** Returns the name of an object's class; undefined for a plain object. */
function classNameOf(value: object): string | undefined {
  const { constructor } = value as { readonly constructor?: unknown };
  if (typeof constructor !== "function" || constructor.name === "Object") return undefined;
  return constructor.name.slice(0, SHOWN) || undefined;
}
