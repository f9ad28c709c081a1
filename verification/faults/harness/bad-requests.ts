import type { SeededRandom } from "@gvpie/testing";

/** A request that must be refused: its text, which need not be valid JSON. */
export interface BadRequest {
  readonly kind: string;
  readonly text: string;
}

const OTHER_TYPES = [
  "null",
  "true",
  "[]",
  "{}",
  '"8"',
  "1.5",
  "-1",
  "0",
  "1e400",
  "4294967296",
  '"RGBA\\u0000"',
];
const LONE_SURROGATES = ["\\ud800", "\\udfff", "\\ud800\\ud800", "\\udc00\\ud800", "x\\ud83dy"];

/** Generates a bad request of a random kind. */
export function badRequest(random: SeededRandom, id: string): BadRequest {
  const pick = <T>(values: readonly T[]): T => random.pick(values);
  const fields: Record<string, string> = {
    op: '"render_program"',
    id: `"${id}"`,
    code: '"RECT 0 0 1 1"',
    width: "8",
    height: "8",
    format: '"RGBA"',
  };
  const word = (): string =>
    Array.from({ length: 1 + random.below(20) }, () => pick(Array.from("abcdXYZ_09 é€"))).join("");
  const kinds: Record<string, () => string> = {
    "a dimension of another type or size": () =>
      write({ ...fields, [pick(["width", "height"])]: pick(OTHER_TYPES) }),
    "a canvas too large": () =>
      write({ ...fields, width: "65535", height: String(65_535 - random.below(999)) }),
    "a field of another type": () =>
      write({
        ...fields,
        [pick(["op", "code", "format", "ttlMs", "params", "background"])]: pick([
          "null",
          "7.5",
          "true",
          "[]",
          "[[]]",
        ]),
      }),
    "an unknown key": () => write({ ...fields, [`${word()}!`]: pick(OTHER_TYPES) }),
    "an unknown op": () => write({ ...fields, op: JSON.stringify(`x${word()}`) }),
    "a lone surrogate in the program": () => write({ ...fields, code: `"TXT 1 1 ${pick(LONE_SURROGATES)}"` }),
    "a lone surrogate in a key": () => write({ ...fields, [`k${pick(LONE_SURROGATES)}`]: "1" }),
    "a duplicate key": () => `${write(fields).slice(0, -1)},"${pick(Object.keys(fields))}":1}`,
    "another id": () => write({ ...fields, id: JSON.stringify(word()) }),
    "truncated JSON": () => write(fields).slice(0, random.below(write(fields).length)),
    "bytes after the JSON": () => `${write(fields)}${pick(["}", "x", "{}", "\\u0000", ","])}`,
    "not an object": () => pick(["null", "[]", '"x"', "7", "", " ", "[{}]"]),
    "a prototype as a key": () =>
      write({ ...fields, [pick(["__proto__", "constructor", "toString"])]: "{}" }),
  };
  const kind = pick(Object.keys(kinds));
  return { kind, text: kinds[kind]?.() ?? "" };
}

function write(fields: Readonly<Record<string, string>>): string {
  return `{${Object.entries(fields)
    .map(([key, value]) => `"${key}":${value}`)
    .join(",")}}`;
}
