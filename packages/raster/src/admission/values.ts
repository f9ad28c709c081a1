import { describeValue, type Span } from "@gvpie/pxl-parser";

export type Fields = Record<string, unknown>;

export function integer(at: string, value: unknown, min: number, max: number): number {
  // Adding 0 turns −0 into 0.
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value + 0;
  throw new Misfit(at, `an integer from ${min} to ${max}`, value);
}

export function textOf(at: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new Misfit(at, "a text of at least one character", value);
}

export function rowsOf(at: string, value: unknown, w: number, h: number): readonly string[] {
  if (!Array.isArray(value) || value.length !== h) throw new Misfit(at, `an array of ${h} rows`, value);
  const digits = Math.ceil(w / 4);
  const spare = (1 << (4 * digits - w)) - 1;
  const rows: string[] = [];
  for (let i = 0; i < h; i++) {
    const row: unknown = value[i];
    const isRow = typeof row === "string" && row.length === digits && /^[0-9a-f]+$/.test(row);
    if (!isRow || (Number.parseInt(row.slice(-1), 16) & spare) !== 0) {
      throw new Misfit(`${at}[${i}]`, `${digits} hexadecimal digits in lower case for ${w} pixels`, row);
    }
    rows.push(row);
  }
  return rows;
}

export function spanOf(at: string, { line, column, length }: Fields): Span {
  return {
    line: atLeast1(at, ".line", line),
    column: atLeast1(at, ".column", column),
    length: atLeast1(at, ".length", length),
  };
}

function atLeast1(at: string, key: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw new Misfit(`${at}${key}`, "an integer of at least 1", value);
}

export function asObject(at: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Misfit(at, "an object", value);
}

/** A value that does not fit. Its place is completed when it is caught, because places cost time and are rarely needed. */
export class Misfit {
  /** Place below the instruction. */
  readonly at: string;
  readonly expected: string;
  readonly found: unknown;

  constructor(at: string, expected: string, found: unknown) {
    this.at = at;
    this.expected = expected;
    this.found = found;
  }
}

export function bad(at: string, { expected, found }: Misfit): TypeError {
  const advice = "change the program's source and parse it again";
  return new TypeError(`${at}: expected ${expected}, got ${describeValue(found)}; ${advice}`);
}

/** Returns the value if it is an array, which may have holes: `map` and `every` would skip them. */
export function asArray(at: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Misfit(at, "an array", value);
}

/** Returns the value if it is one of a few strings. */
export function oneOf(at: string, value: unknown, known: ReadonlySet<unknown>): unknown {
  if (known.has(value)) return value;
  throw new Misfit(at, `one of ${[...known].join(" ")}`, value);
}
