/**
 * The part of WebAssembly's binary format that the kernel needs, as functions from code to code. What each makes is named
 * as in the text format: `i32.add(a, b)` is `(i32.add (a) (b))`.
 */

/** Bytes of an expression or of statements. */
export type Code = readonly number[];

/** A parameter or variable of a function. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}

type Type = "i32" | "i64" | "v128";
const TYPES: Record<Type, number> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly variables: readonly Type[];
  readonly body: Code;
}

/** An exported function of `i32` parameters, by name, and of variables that start as zeros; it returns nothing. */
export function define<P extends string, V extends string>(
  name: string,
  parameters: readonly P[],
  variables: Readonly<Record<V, Type>>,
  body: (locals: Record<P | V, Local>) => readonly Code[],
): WasmFunction {
  const names = [...parameters, ...(Object.keys(variables) as V[])];
  const locals = Object.fromEntries(names.map((local, index) => [local, localAt(index)]));
  return {
    name,
    parameters: parameters.length,
    variables: Object.values(variables),
    body: body(locals as Record<P | V, Local>).flat(),
  };
}

function localAt(index: number): Local {
  return { get: [0x20, ...unsigned(index)], set: (value) => [...value, 0x21, ...unsigned(index)] };
}

type Binary = (a: Code, b: Code) => Code;

export const i32: {
  const: (value: number) => Code;
  load: (address: Code) => Code;
  load16_u: (address: Code) => Code;
  store: (address: Code, value: Code) => Code;
  lt_u: Binary;
  le_u: Binary;
  add: Binary;
  sub: Binary;
  and: Binary;
  shl: Binary;
  shr_u: Binary;
} = {
  const: (value) => [0x41, ...signed(value)],
  load: (address) => [...address, 0x28, 2, 0],
  load16_u: (address) => [...address, 0x2f, 1, 0],
  store: (address, value) => [...address, ...value, 0x36, 2, 0],
  lt_u: (a, b) => [...a, ...b, 0x49],
  le_u: (a, b) => [...a, ...b, 0x4d],
  add: (a, b) => [...a, ...b, 0x6a],
  sub: (a, b) => [...a, ...b, 0x6b],
  and: (a, b) => [...a, ...b, 0x71],
  shl: (a, b) => [...a, ...b, 0x74],
  shr_u: (a, b) => [...a, ...b, 0x76],
};

/** Addresses need not be multiples of anything. */
export const i64: {
  extend_i32_u: (value: Code) => Code;
  load: (address: Code) => Code;
  load8_u: (address: Code, offset?: number) => Code;
  store: (address: Code, value: Code) => Code;
  or: Binary;
  shl: Binary;
} = {
  extend_i32_u: (value) => [...value, 0xad],
  load: (address) => [...address, 0x29, 0, 0],
  load8_u: (address, offset = 0) => [...address, 0x31, 0, ...unsigned(offset)],
  store: (address, value) => [...address, ...value, 0x37, 0, 0],
  or: (a, b) => [...a, ...b, 0x84],
  shl: (a, b) => [...a, ...b, 0x86],
};

/** Of sixteen bytes; an address need be a multiple of four only. */
export const v128: {
  load: (address: Code, offset?: number) => Code;
  load32_zero: (address: Code) => Code;
  store: (address: Code, value: Code, offset?: number) => Code;
  store32_lane: (address: Code, value: Code) => Code;
  and: Binary;
  or: Binary;
} = {
  load: (address, offset = 0) => [...address, ...simd(0x00), 2, ...unsigned(offset)],
  load32_zero: (address) => [...address, ...simd(0x5c), 2, 0],
  store: (address, value, offset = 0) => [...address, ...value, ...simd(0x0b), 2, ...unsigned(offset)],
  /** Stores the first lane. */
  store32_lane: (address, value) => [...address, ...value, ...simd(0x5a), 2, 0, 0],
  and: (a, b) => [...a, ...b, ...simd(0x4e)],
  or: (a, b) => [...a, ...b, ...simd(0x50)],
};

export const i32x4: { splat: (value: Code) => Code } = {
  splat: (value) => [...value, ...simd(0x11)],
};

export const i16x8: { splat: (value: Code) => Code; shr_u: Binary; add: Binary; mul: Binary } = {
  splat: (value) => [...value, ...simd(0x10)],
  shr_u: (a, b) => [...a, ...b, ...simd(0x8d)],
  add: (a, b) => [...a, ...b, ...simd(0x8e)],
  mul: (a, b) => [...a, ...b, ...simd(0x95)],
};

/** Repeats statements as long as a condition holds, tested before each time. */
export function loopWhile(condition: Code, ...statements: readonly Code[]): Code {
  // block { loop { unless condition: leave the block; statements; again } }
  return [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...statements.flat(), 0x0c, 0, 0x0b, 0x0b];
}

/** `\\0asm`, and the version of the format. */
const PREAMBLE: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The bytes of a module that exports its functions and, as `memory`, so many pages of 64 KiB. */
export function assemble(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [TYPES.i32])),
    0,
  ]);
  const exported = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]);
  const bodies = functions.map(({ variables, body }) => {
    const declared = vector(variables.map((type) => [1, TYPES[type]]));
    return sized([...declared, ...body, 0x0b]);
  });
  return Uint8Array.from([
    ...PREAMBLE,
    ...section(1, vector(signatures)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(5, vector([[0x01, ...unsigned(pages), ...unsigned(pages)]])),
    ...section(7, vector([...exported, [...text("memory"), 0x02, 0]])),
    ...section(10, vector(bodies)),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function text(ascii: string): Code {
  return sized(Array.from(ascii, (character) => character.charCodeAt(0)));
}

function simd(opcode: number): Code {
  return [0xfd, ...unsigned(opcode)];
}

/** LEB128. */
function unsigned(value: number): Code {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

/** LEB128, of a 32-bit integer. */
function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = rest === ((low & 0x40) === 0 ? 0 : -1);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
