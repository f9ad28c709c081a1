import { DEFAULT_SERVER_LIMITS, RequestError } from "@gvpie/file-socket";
import type { Command } from "@gvpie/file-socket/internal";
import type { SeededRandom } from "@gvpie/testing";
import { type FuzzTarget, mutateBytes, outcomeOf, textMutator } from "@gvpie/testing/fuzz";

/** The id of requests in the spool. */
export const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const RENDER = {
  op: "render_program",
  code: "TXT 1 1 Hello GPU\nHALT",
  width: 128,
  height: 64,
  format: "RGBA",
};
const COMMANDS = [
  RENDER,
  { op: "ping" },
  { op: "read_canvas" },
  { ...RENDER, params: { time: "12:34", n: -5 } },
  { ...RENDER, id: ID, ttlMs: 500, background: "#1af" },
  { op: "ping", id: ID, ttlMs: 60_000 },
  { ...RENDER, id: ID, params: { _: "\ud83d\ude00\u0000\n", a: 9_007_199_254_740_991 } },
];
const DICTIONARY = [
  "op",
  "code",
  "width",
  "height",
  "format",
  "params",
  "id",
  "ttlMs",
  "background",
  "__proto__",
  "render_program",
  "ping",
  "read_canvas",
  "RGBA",
  "#fff",
  "#12345678",
  ID,
  "true",
  "null",
  "1e5",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "\\u0000",
  "\\ud800",
  "\\ude00",
  "{}",
  "[]",
  '""',
  "\\n",
  '"params":{"a":1},',
  '"width":0,',
  '"height":1.5,',
  "[".repeat(12),
  '{"a":'.repeat(9),
  "\ufeff",
];
const mutateText = textMutator(DICTIONARY, 8_192);

/** Changes the text; in one of eight cases changes any bytes, so that it may not be UTF-8. */
function mutate(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.oneIn(8)) return mutateBytes(input, other, random);
  return Buffer.from(mutateText(Buffer.from(input).toString(), Buffer.from(other).toString(), random));
}

/** Returns a target that reads commands as JSON. */
export function commandTarget(reads: string, read: (input: Uint8Array) => Command): FuzzTarget {
  return {
    reads,
    maxCorpusBytes: 512,
    weight: 80,
    seeds: () => COMMANDS.map((command) => Buffer.from(JSON.stringify(command))),
    mutate,
    run(input) {
      try {
        return check(read(input));
      } catch (error) {
        if (error instanceof RequestError) return outcomeOf(error.code, error.message);
        throw error;
      }
    },
  };
}

/** Checks the bounds of an accepted command. */
function check(command: Command): string {
  if (command.op !== "render_program") return command.op;
  const { code, width = 1, height = 1, background, params = {} } = command.request;
  if (typeof code !== "string" || width * height > DEFAULT_SERVER_LIMITS.pixels || !(width * height >= 1)) {
    throw new Error("a request that exceeds the limits was accepted");
  }
  if (background !== undefined && !/^#[0-9a-f]{8}$/.test(background)) {
    throw new Error(`background ${background}`);
  }
  const kinds = Object.values(params).map((value) => typeof value);
  if (kinds.some((kind) => kind !== "string" && kind !== "number")) {
    throw new Error(`a parameter of ${kinds.join(" ")}`);
  }
  return `render ${background === undefined} ${command.ttlMs === undefined} ${[...new Set(kinds)].sort().join(" ")}`;
}
