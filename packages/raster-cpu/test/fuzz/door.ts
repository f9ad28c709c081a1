import { formatProgram, OPCODES, parseProgram, type Program, PxlError } from "@gvpie/pxl-parser";
import {
  type DrawList,
  lowerProgram,
  RasterError,
  RENDER_OPTION_NAMES,
  type RenderOptions,
} from "@gvpie/raster";
import { renderDrawList, renderProgram } from "@gvpie/raster-cpu";
import { renderReference } from "@gvpie/raster/test-support";
import { type FuzzTarget, outcomeOf, textMutator } from "@gvpie/testing/fuzz";

/** An input: the arguments of a call as JSON. A string that begins with `$` stands for a value that JSON cannot hold. */
interface Call {
  /** Source text, a Program, or anything else. */
  readonly program?: unknown;
  readonly options?: unknown;
  /** Arguments of `renderDrawList` instead. */
  readonly list?: unknown;
}

const VALUES: Readonly<Record<string, () => unknown>> = {
  $nan: () => Number.NaN,
  $infinity: () => Infinity,
  $zero: () => -0,
  $bigint: () => 5n,
  $undefined: () => undefined,
  $symbol: () => Symbol("s"),
  $boxed: () => new Number(5),
  $map: () => new Map([["width", 5]]),
  $class: () =>
    new (class Named {
      readonly width = 5;
    })(),
  $date: () => new Date(0),
  $function: () => () => 5,
  $into: () => new Uint8ClampedArray(24 * 12 * 4),
  $shared: () => new Uint8ClampedArray(new SharedArrayBuffer(24 * 12 * 4)),
  $resizable: () => new Uint8ClampedArray(new ArrayBuffer(24 * 12 * 4, { maxByteLength: 9_999 })),
  $detached: () => {
    const array = new Uint8ClampedArray(24 * 12 * 4);
    structuredClone(array, { transfer: [array.buffer] });
    return array;
  },
  $floats: () => new Float32Array(24 * 12 * 4),
  $holes: () => Array.from({ length: 9 }),
  $aborted: () => AbortSignal.abort(new RangeError("expected by the caller")),
};

const SOURCES = [
  "PARAM t hi\nSET a 3\nTXT 1 2 {t} {a}!\nRECT 1 2 3 4\nBOX {a} 2 9 4\nCOLOR #ff8000a0\nDISC 9 6 {a}",
  "l:\nSET i 0\nm:\nLINE {i} 0 23 11\nADD i 5\nIF i < 20 m\nCALL f\nHALT\nf:\nCIRCLE 12 6 5\nRET",
  "SCALE 2\nALIGN center\nORIGIN 4 4\nCLIP 0 0 9 9\nSPRITE 0 0 6 2 fc 84\nCLIP\nTXT 3 3 Ag\nPIX 5 5\nCLEAR",
];
const OPTIONS = {
  width: 24,
  height: 12,
  background: "#123",
  params: {},
  limits: { fuel: 500, commands: 5_000, glyphs: 5_000, paintedPixels: 200_000 },
};
const DICTIONARY = [
  ...Object.keys(VALUES),
  ...RENDER_OPTION_NAMES,
  ...OPCODES.map(({ name }) => name),
  ..."widht pixel fuel __proto__ constructor toString instructions language span name target label".split(
    " ",
  ),
  ..."null true [] {} left right < #fff".split(" "),
];
const mutate = textMutator(DICTIONARY, 8_192);

const CANARY = "COLOR #ff8000a0\nTXT 1 1 canary\nRECT 3 3 40 9\nDISC 30 30 20";
const canary = Buffer.from(renderProgram(CANARY).data);

export const target: FuzzTarget = {
  reads: "arguments of any type: options, parameters, programs as objects, draw lists",
  maxCorpusBytes: 512,
  weight: 20,
  seeds: () => [
    ...SOURCES.map((source) => seed({ program: source, options: OPTIONS })),
    ...SOURCES.map((source) => seed({ program: parseProgram(source), options: OPTIONS })),
    ...Object.keys(VALUES).map((value) =>
      seed({ program: "TXT 0 0 hi", options: { ...OPTIONS, into: value, onWarning: "$function" } }),
    ),
    seed({ list: plainList(lowerProgram(SOURCES[2] as string, OPTIONS)) }),
  ],
  mutate: (input, other, random) => Buffer.from(mutate(textOf(input), textOf(other), random)),
  run(input) {
    let call: Call;
    try {
      call = JSON.parse(textOf(input), revive) as Call;
    } catch {
      return "not JSON";
    }
    if (typeof call !== "object" || call === null) return "no call";
    const outcome = call.list === undefined ? render(call) : draw(call.list as DrawList);
    if (!canary.equals(Buffer.from(renderProgram(CANARY).data))) throw new Error("a later frame is damaged");
    return outcome;
  },
};

/** Returns the error's class and code, or compares the frame with the reference renderer's. */
function render({ program, options }: Call): string {
  const isSmall = hasSmallCanvas(options);
  let data: Uint8ClampedArray;
  try {
    ({ data } = renderProgram(program as string, bounded(options)));
  } catch (error) {
    return typed(error);
  }
  if (!isSmall) return "drawn";
  const { width, height, background, params } = options;
  const expected = renderReference(program as string | Program, { width, height, background, params });
  const isSame = Buffer.from(expected.data).equals(Buffer.from(data));
  if (!isSame) throw new Error("another frame than the reference");
  if (typeof program === "string") formatProgram(program);
  return typeof program === "string" ? "drawn from source" : "drawn from an object";
}

function draw(list: DrawList): string {
  const { commands, glyphs } = (list ?? {}) as { commands?: unknown; glyphs?: unknown };
  const typedList = {
    ...list,
    ...(Array.isArray(commands) && { commands: Int32Array.from(commands as number[], Number) }),
    ...(Array.isArray(glyphs) && { glyphs: Uint16Array.from(glyphs as number[], Number) }),
  };
  if (typedList.width * typedList.height > 1e6) return "a large list";
  try {
    const { data } = renderDrawList(typedList);
    if (data.length !== typedList.width * typedList.height * 4) throw new Error("a frame of another size");
    return "list drawn";
  } catch (error) {
    return typed(error);
  }
}

/** Keeps canvases small and runs short, unless that changes what is tested. */
function bounded(options: unknown): RenderOptions {
  if (
    typeof options !== "object" ||
    options === null ||
    Object.getPrototypeOf(options) !== Object.prototype
  ) {
    return options as RenderOptions;
  }
  const { limits = {} } = options as RenderOptions;
  const isPlain =
    typeof limits === "object" && limits !== null && Object.getPrototypeOf(limits) === Object.prototype;
  return { ...options, limits: isPlain ? { ...OPTIONS.limits, pixels: 1e6, ...limits } : limits };
}

function hasSmallCanvas(options: unknown): options is RenderOptions {
  const { width = 128, height = 64 } = (options ?? {}) as RenderOptions;
  return width * height <= 24 * 12;
}

/** @throws the error unless it is one of ours, in words. */
function typed(error: unknown): string {
  if (error instanceof PxlError || error instanceof RasterError) return error.code;
  const isWord = error instanceof TypeError || error instanceof RangeError;
  if (isWord && /\bexpected\b/.test(error.message)) return outcomeOf(error.name, error.message);
  throw error;
}

function revive(_: string, value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(VALUES, value) ? VALUES[value]?.() : value;
}

function seed(call: Call): Uint8Array {
  return Buffer.from(JSON.stringify(call).replaceAll(/([,{[])"/g, '$1\n"'));
}

function plainList({ commands, glyphs, count, ...list }: DrawList): object {
  return {
    ...list,
    count,
    commands: [...commands.subarray(0, count * 11)],
    glyphs: [...glyphs.subarray(0, 8)],
  };
}

function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString("utf8");
}
