import fc from "fast-check";
import { expect, test } from "vitest";
import { RequestError } from "../src/errors.ts";
import { DEFAULT_SERVER_LIMITS } from "../src/server/limits.ts";
import { parseRequestJson, slotCommand, spoolCommand } from "../src/protocol/request.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

const slot = (text: string): unknown =>
  slotCommand(parseRequestJson(Buffer.from(text)), DEFAULT_SERVER_LIMITS);
const spool = (fields: object): unknown =>
  spoolCommand(parseRequestJson(Buffer.from(JSON.stringify(fields))), ID, DEFAULT_SERVER_LIMITS);

test("accepts the commands of old clients", () => {
  expect(slot('{"op":"render_program","code":"HALT","width":128,"height":64,"format":"RGBA"}')).toEqual({
    op: "render_program",
    request: { code: "HALT", width: 128, height: 64, background: undefined, params: undefined },
    ttlMs: undefined,
  });
  expect(slot('{"op":"ping"}')).toEqual({ op: "ping", ttlMs: undefined });
  expect(slot('{"op":"read_canvas"}')).toEqual({ op: "read_canvas", ttlMs: undefined });
});

test("accepts the additional keys of the spool", () => {
  const command = { id: ID, op: "render_program", code: "HALT" };
  // The program decides what the request leaves out.
  const absent = { width: undefined, height: undefined, background: undefined, frames: undefined };
  expect(spool(command)).toMatchObject({ request: absent });
  expect(spool({ ...command, frames: "all" })).toMatchObject({ request: { frames: "all" } });
  expect(spool({ ...command, ttlMs: 60_000 })).toMatchObject({ ttlMs: 60_000 });
  expect(spool({ ...command, background: "#1Af" })).toMatchObject({ request: { background: "#11aaffff" } });
  expect(spool({ ...command, background: "#01020A" })).toMatchObject({
    request: { background: "#01020aff" },
  });
  expect(spool({ ...command, background: "#01020304" })).toMatchObject({
    request: { background: "#01020304" },
  });
  expect(spool({ id: ID, op: "ping", ttlMs: 5 })).toEqual({ op: "ping", ttlMs: 5 });
});

const render = { op: "render_program", code: "HALT" };
test.each([
  ["[]", "FSOCK_BAD_VALUE", "expected the request to be an object, got an array"],
  ["null", "FSOCK_BAD_VALUE", "expected the request to be an object, got null"],
  ['"{}"', "FSOCK_BAD_VALUE", 'expected the request to be an object, got "{}"'],
  [
    "{",
    "FSOCK_BAD_JSON",
    "the request is not strict JSON: expected a key, got the end of the text at offset 1",
  ],
  ["{}", "FSOCK_UNKNOWN_OP", 'expected "op" to be one of render_program, ping, read_canvas, got nothing'],
  [
    '{"op":"eval"}',
    "FSOCK_UNKNOWN_OP",
    'expected "op" to be one of render_program, ping, read_canvas, got "eval"',
  ],
  [
    '{"op":["ping"]}',
    "FSOCK_UNKNOWN_OP",
    'expected "op" to be one of render_program, ping, read_canvas, got an array',
  ],
  [
    '{"op":"ping","colour":1}',
    "FSOCK_UNKNOWN_KEY",
    'expected only the keys op, code, width, height, format, params, got "colour"',
  ],
  [
    '{"op":"ping","__proto__":1}',
    "FSOCK_UNKNOWN_KEY",
    'expected only the keys op, code, width, height, format, params, got "__proto__"',
  ],
  [
    '{"op":"ping","ttlMs":1}',
    "FSOCK_UNKNOWN_KEY",
    'expected only the keys op, code, width, height, format, params, got "ttlMs"',
  ],
  [
    '{"op":"ping","op":"ping"}',
    "FSOCK_BAD_JSON",
    'the request is not strict JSON: expected distinct keys, got "op" twice at offset 13',
  ],
  ['{"op":"render_program"}', "FSOCK_BAD_VALUE", 'expected "code", got a request without it'],
  ['{"op":"render_program","code":7}', "FSOCK_BAD_VALUE", 'expected "code" to be a string, got 7'],
  [
    '{"op":"render_program","code":"\\ud800"}',
    "FSOCK_BAD_JSON",
    "the request is not strict JSON: expected no lone surrogate in the string at offset 30",
  ],
  ...["0", "4294967296", "1.5", '"8"', "-1", "null", "true", "1e400"].map((width) => [
    `{"op":"render_program","code":"","width":${width}}`,
    width === "1e400" ? "FSOCK_BAD_JSON" : "FSOCK_BAD_VALUE",
    width === "1e400"
      ? "the request is not strict JSON: expected a number in the range of a double at offset 41"
      : `expected "width" to be an integer from 1 to 4294967295, got ${width}`,
  ]),
  [
    JSON.stringify({ ...render, height: 0 }),
    "FSOCK_BAD_VALUE",
    'expected "height" to be an integer from 1 to 4294967295, got 0',
  ],
  [
    JSON.stringify({ ...render, width: 4096, height: 4097 }),
    "FSOCK_CANVAS_TOO_LARGE",
    "expected a canvas of at most 16777216 pixels, got 4096 × 4097",
  ],
  [
    JSON.stringify({ ...render, width: 4294967295, height: 4294967295 }),
    "FSOCK_CANVAS_TOO_LARGE",
    "expected a canvas of at most 16777216 pixels, got 4294967295 × 4294967295",
  ],
  ...(
    [
      ["[]", 'expected "params" to be an object, got an array'],
      ["null", 'expected "params" to be an object, got null'],
      ["7", 'expected "params" to be an object, got 7'],
      [
        '{"":1}',
        'expected a name in "params" to be 1 to 64 letters, digits or "_", the first not a digit, got ""',
      ],
      [
        '{"9x":1}',
        'expected a name in "params" to be 1 to 64 letters, digits or "_", the first not a digit, got "9x"',
      ],
      ['{"x":1.5}', 'expected "params.x" to be a string or an integer within ±(2⁵³ − 1), got 1.5'],
      ['{"x":null}', 'expected "params.x" to be a string or an integer within ±(2⁵³ − 1), got null'],
      ['{"x":{}}', 'expected "params.x" to be a string or an integer within ±(2⁵³ − 1), got an object'],
      [
        '{"x":9007199254740992}',
        'expected "params.x" to be a string or an integer within ±(2⁵³ − 1), got 9007199254740992',
      ],
    ] as const
  ).map(([params, message]) => [
    `{"op":"render_program","code":"","params":${params}}`,
    "FSOCK_BAD_VALUE",
    message,
  ]),
  [
    '{"op":"render_program","code":"","params":{"x":1,"x":2}}',
    "FSOCK_BAD_JSON",
    'the request is not strict JSON: expected distinct keys, got "x" twice at offset 49',
  ],
  [
    JSON.stringify({ ...render, format: null }),
    "FSOCK_BAD_VALUE",
    'expected "format" to be "RGBA", got null',
  ],
  [
    JSON.stringify({ ...render, format: "RGB" }),
    "FSOCK_BAD_VALUE",
    'expected "format" to be "RGBA", got "RGB"',
  ],
])("the slot refuses %s with %s", (text, code, message) => {
  expect(() => slot(text)).toThrow(expect.objectContaining({ name: "RequestError", code, message }) as Error);
});

test.each([
  [{ op: "ping" }, "FSOCK_BAD_VALUE", `expected "id" to be ${ID}, as in the file name, got nothing`],
  [{ op: "ping", id: "x" }, "FSOCK_BAD_VALUE", `expected "id" to be ${ID}, as in the file name, got "x"`],
  [
    { op: "read_canvas", id: ID },
    "FSOCK_UNKNOWN_OP",
    'expected "op" to be one of render_program, ping, got "read_canvas"',
  ],
  [
    { op: "ping", id: ID, ttlMs: 60_001 },
    "FSOCK_BAD_VALUE",
    'expected "ttlMs" to be an integer from 1 to 60000, got 60001',
  ],
  [
    { ...render, id: ID, background: "red" },
    "FSOCK_BAD_VALUE",
    'expected "background" to be "#rgb", "#rrggbb" or "#rrggbbaa", got "red"',
  ],
  [
    { ...render, id: ID, background: 1 },
    "FSOCK_BAD_VALUE",
    'expected "background" to be "#rgb", "#rrggbb" or "#rrggbbaa", got 1',
  ],
  [
    { ...render, id: ID, capability: {} },
    "FSOCK_UNKNOWN_KEY",
    'expected only the keys op, code, width, height, format, params, id, ttlMs, background, frames, got "capability"',
  ],
])("the spool refuses %j with %s", (fields, code, message) => {
  expect(() => spool(fields)).toThrow(
    expect.objectContaining({ name: "RequestError", code, message }) as Error,
  );
});

test("accepts parameters up to the limits on their number and length", () => {
  const many = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, index]));
  const command = { ...render, id: ID };
  expect(spool({ ...command, params: many(256) })).toMatchObject({ request: { params: many(256) } });
  expect(() => spool({ ...command, params: many(257) })).toThrow(
    'expected at most 256 values in "params", got 257',
  );
  const long = { [`_${"x".repeat(63)}`]: "é".repeat(65_536), n: -(2 ** 53 - 1) };
  expect(spool({ ...command, params: long })).toMatchObject({ request: { params: long } });
  expect(() => spool({ ...command, params: { [`_${"x".repeat(64)}`]: "" } })).toThrow(/to be 1 to 64/);
  expect(() => spool({ ...command, params: { t: "x".repeat(65_537) } })).toThrow(
    'expected at most 65536 UTF-16 code units in "params.t", got 65537',
  );
  const proto = slot('{"op":"render_program","code":"","params":{"__proto__":"x"}}') as {
    request: { params: object };
  };
  expect(Object.entries(proto.request.params)).toEqual([["__proto__", "x"]]);
});

test("any bytes give a command within the limits or throw RequestError", () => {
  const scalar = fc.oneof(
    fc.constantFrom(
      "render_program",
      "ping",
      "read_canvas",
      "RGBA",
      ID,
      "#fff",
      0,
      1,
      8,
      "8",
      1.5,
      2 ** 32,
      -1,
      null,
    ),
    fc.dictionary(fc.constantFrom("a", "b", "9"), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.double())),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const key = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.constantFrom(
        "op",
        "code",
        "width",
        "height",
        "format",
        "params",
        "id",
        "ttlMs",
        "background",
      ),
    },
    { weight: 1, arbitrary: fc.string() },
  );
  const nearly = fc
    .dictionary(key, scalar, { maxKeys: 8 })
    .map((fields) => JSON.stringify({ op: "render_program", code: "x", id: ID, ...fields }));
  const reader = fc.constantFrom(
    (bytes: Uint8Array) => slotCommand(parseRequestJson(bytes), DEFAULT_SERVER_LIMITS),
    (bytes: Uint8Array) => spoolCommand(parseRequestJson(bytes), ID, DEFAULT_SERVER_LIMITS),
  );
  const outcomes = { command: 0, refusal: 0 };
  const input = fc.oneof(
    nearly.map((text) => Buffer.from(text)),
    fc.tuple(nearly, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
      const bytes = Buffer.from(text);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
    fc.uint8Array(),
  );
  fc.assert(
    fc.property(input, reader, (bytes, read) => {
      let command;
      try {
        command = read(bytes);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        outcomes.refusal++;
        return;
      }
      outcomes.command++;
      if (command.op !== "render_program") return;
      const { width = 1, height = 1, code, params } = command.request;
      for (const value of Object.values(params ?? {})) {
        expect(typeof value === "string" || Number.isSafeInteger(value)).toBe(true);
      }
      expect(Number.isInteger(width) && Number.isInteger(height) && width >= 1 && height >= 1).toBe(true);
      expect(width * height).toBeLessThanOrEqual(DEFAULT_SERVER_LIMITS.pixels);
      expect(code.isWellFormed()).toBe(true);
    }),
    { numRuns: 10_000 },
  );
  expect(outcomes.command).toBeGreaterThan(100);
  expect(outcomes.refusal).toBeGreaterThan(1_000);
});
