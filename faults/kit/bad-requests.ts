/** A request that must be refused: its JSON as text, which may be no JSON at all. */
export interface BadRequest {
  readonly kind: string;
  readonly text: string;
}

/** Numbers from a seed, 0 ≤ x < 1 (the linear congruence of POSIX's drand48). */
export function randomFrom(seed: number): () => number {
  let state = (BigInt(seed) << 16n) | 0x330en;
  return () => {
    state = (state * 0x5deece66dn + 0xbn) & 0xffff_ffff_ffffn;
    return Number(state) / 2 ** 48;
  };
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
const LONE = ["\\ud800", "\\udfff", "\\ud800\\ud800", "\\udc00\\ud800", "x\\ud83dy"];

/** A bad request of a kind and content that the numbers choose. */
export function badRequest(random: () => number, id: string): BadRequest {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const fields: Record<string, string> = {
    op: '"render_program"',
    id: `"${id}"`,
    code: '"RECT 0 0 1 1"',
    width: "8",
    height: "8",
    format: '"RGBA"',
  };
  const word = (): string =>
    Array.from({ length: 1 + Math.floor(random() * 20) }, () => pick(Array.from("abcdXYZ_09 é€"))).join("");
  const kinds: Record<string, () => string> = {
    "a dimension of another type or size": () =>
      write({ ...fields, [pick(["width", "height"])]: pick(OTHER_TYPES) }),
    "a canvas too large": () =>
      write({ ...fields, width: "65535", height: String(65_535 - Math.floor(random() * 999)) }),
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
    "a lone surrogate in the program": () => write({ ...fields, code: `"TXT 1 1 ${pick(LONE)}"` }),
    "a lone surrogate in a key": () => write({ ...fields, [`k${pick(LONE)}`]: "1" }),
    "a key twice": () => `${write(fields).slice(0, -1)},"${pick(Object.keys(fields))}":1}`,
    "another id": () => write({ ...fields, id: JSON.stringify(word()) }),
    "JSON cut off": () => write(fields).slice(0, Math.floor(random() * write(fields).length)),
    "bytes after the JSON": () => `${write(fields)}${pick(["}", "x", "{}", "\\u0000", ","])}`,
    "no object": () => pick(["null", "[]", '"x"', "7", "", " ", "[{}]"]),
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
