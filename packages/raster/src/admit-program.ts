import {
  describeValue,
  type Instruction,
  type IntegerOperand,
  isName,
  isParsedProgram,
  OPCODES,
  type Opcode,
  type Operand,
  type ParamInstruction,
  type Program,
  type Reference,
  RELATIONS,
  type Span,
} from "@gvpie/pxl-parser";

import { checkLimit } from "./limits.ts";
import type { Limits } from "./types.ts";

/** The part of a program that runs. */
export type RunnableProgram = Omit<Program, "language" | "labels">;

const OPCODE_BY_NAME: ReadonlyMap<unknown, Opcode> = new Map(OPCODES.map((opcode) => [opcode.name, opcode]));
/** The place of each operand below its instruction. */
const PLACES: ReadonlyMap<string, string> = new Map(
  OPCODES.flatMap(({ operands }) => operands.map(({ name }) => [name, `.${name}`] as const)),
);
const ALIGNMENTS: ReadonlySet<unknown> = new Set(["left", "center", "right"]);
const UINT32_MAX = 2 ** 32 - 1;

/**
 * Checks a program that the caller has as an object, and returns what runs: its instructions, and all else derived from
 * them. An object that this copy of the parser made is checked in place, because its instructions may have been changed
 * since. Any other one, such as a clone, a spread or a program from JSON, is checked as it is copied, each value read
 * once.
 *
 * @throws {TypeError} with the place in the object, unless the parser could have made it.
 * @throws {RasterError} `RASTER_LIMIT_INSTRUCTIONS`, before any instruction is read.
 */
export function admitProgram(
  given: unknown,
  limits: Limits,
  copies: boolean = !isParsedProgram(given),
): RunnableProgram {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`expected program as source text or a Program, got ${describeValue(given)}`);
  }
  const { language, instructions } = given as Record<keyof Program, unknown>;
  if (language !== "1") throw bad("program.language", new Misfit("", 'the string "1"', language));
  if (!Array.isArray(instructions)) {
    throw bad("program.instructions", new Misfit("", "an array", instructions));
  }
  const { length } = instructions;
  checkLimit("instructions", length, limits);
  const admitted: Instruction[] = copies ? [] : (instructions as Instruction[]);
  // Most programs that are checked in place need none.
  let admission: Admission | undefined;
  for (let i = 0; i < length; i++) {
    const instruction: unknown = instructions[i];
    if (!copies && isCommon(instruction)) continue;
    const checked = (admission ??= new Admission(length)).check(instruction, i);
    if (copies) admitted.push(checked);
  }
  if (admission === undefined) return { instructions: admitted, params: [], straight: true, plain: true };
  const { params, straight, dependsOnValues } = admission;
  return { instructions: admitted, params, straight, plain: straight && !dependsOnValues };
}

/** True for a correct instruction of a common opcode with only values of the common range: most of a large program. */
function isCommon(instruction: unknown): boolean {
  if (typeof instruction !== "object" || instruction === null) return false;
  // Each case reads its own operands, so that the engine sees one shape of object at each place.
  const given = instruction as Fields;
  switch (given["op"]) {
    case "RECT":
    case "BOX": {
      const { x, y, w, h } = given;
      return isInt32(x) && isInt32(y) && isInt32(w) && w >= 0 && isInt32(h) && h >= 0;
    }
    case "TXT": {
      const { x, y, text } = given;
      return typeof text === "string" && text !== "" && isInt32(x) && isInt32(y);
    }
    case "PIX": {
      const { x, y } = given;
      return isInt32(x) && isInt32(y);
    }
    case "CIRCLE":
    case "DISC": {
      const { x, y, r } = given;
      return isInt32(x) && isInt32(y) && isInt32(r) && r >= 0;
    }
    case "LINE": {
      const { x0, y0, x1, y1 } = given;
      return isInt32(x0) && isInt32(y0) && isInt32(x1) && isInt32(y1);
    }
    case "COLOR": {
      const { color } = given;
      return typeof color === "number" && color >>> 0 === color;
    }
    case "HALT": {
      const { line, column, length } = given;
      return isInt32(line) && line >= 1 && isInt32(column) && column >= 1 && isInt32(length) && length >= 1;
    }
    default:
      return false;
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

type Fields = Record<string, unknown>;

/** Checks the instructions of a program in order. */
class Admission {
  readonly params: ParamInstruction[] = [];
  straight = true;
  dependsOnValues = false;
  readonly #length: number;
  /** Names that the instructions so far declare. */
  readonly #names = new Map<unknown, "parameter" | "variable" | "array">();

  /** @param length the number of instructions. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Returns a copy of the instruction with the keys that it must have. */
  check(instruction: unknown, index: number): Instruction {
    try {
      return this.#check(asObject("", instruction));
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const { op } = (instruction ?? {}) as Fields;
      const name = OPCODE_BY_NAME.get(op)?.name;
      throw bad(`program.instructions[${index}]${name === undefined ? "" : ` (${name})`}${error.at}`, error);
    }
  }

  #check(given: Fields): Instruction {
    const { op } = given;
    const opcode = OPCODE_BY_NAME.get(op);
    if (opcode === undefined) throw new Misfit(".op", "the name of an opcode in upper case", op);
    const { group, jumps, declares } = opcode;
    let own: Fields;
    if (group === undefined) {
      own = this.#operands("", opcode.operands, given);
    } else {
      const values = given[group];
      const at = `.${group}`;
      own = {
        [group]: values === undefined ? undefined : this.#operands(at, opcode.operands, asObject(at, values)),
      };
    }
    if (jumps) this.straight = false;
    if ("label" in own) own["target"] = integer(".target", given["target"], 0, this.#length);
    const checked = { op, ...own, ...spanOf("", given) } as Instruction;
    if (declares !== undefined) this.#names.set(own["name"], declares);
    if (checked.op === "PARAM") this.params.push(checked);
    return checked;
  }

  #operands(at: string, operands: readonly Operand[], given: Fields): Fields {
    const fields: Fields = {};
    for (const operand of operands) {
      const { name } = operand;
      if (operand.since > 1 && given[name] === undefined) continue;
      fields[name] = this.#operand(
        at === "" ? (PLACES.get(name) ?? name) : `${at}.${name}`,
        operand,
        given[name],
        fields,
      );
    }
    return fields;
  }

  /** @param earlier the checked operands before this one. */
  #operand(at: string, operand: Operand, value: unknown, earlier: Fields): unknown {
    switch (operand.kind) {
      case "position":
      case "size":
      case "scale":
      case "side":
      case "value":
        return this.#integer(at, operand, value);
      case "color":
        if (typeof value !== "object") return integer(at, value, 0, UINT32_MAX);
        return this.#reference(at, value, "parameter");
      case "alignment":
        if (ALIGNMENTS.has(value)) return value;
        throw new Misfit(at, "left, center or right", value);
      case "relation":
        if (typeof value === "string" && Object.hasOwn(RELATIONS, value)) return value;
        throw new Misfit(at, `one of ${Object.keys(RELATIONS).join(" ")}`, value);
      case "text":
        return Array.isArray(value) ? this.#pieces(at, value) : textOf(at, value);
      case "default":
        if (typeof value === "string") return value;
        throw new Misfit(at, "a string", value);
      case "rows":
        return rowsOf(at, value, earlier["w"] as number, earlier["h"] as number);
      case "parameter":
      case "variable":
      case "set variable":
      case "label":
        return this.#name(at, operand.kind, value);
      default:
        if (operand.isOptional && value === undefined) return undefined;
        throw new Misfit(at, "an operand of version 1", value);
    }
  }

  #integer(at: string, { min, max, reference }: IntegerOperand, value: unknown): unknown {
    if (typeof value !== "object" || reference === "none") return integer(at, value, min, max);
    return this.#reference(at, value);
  }

  #name(at: string, kind: "parameter" | "variable" | "set variable" | "label", value: unknown): unknown {
    if (typeof value !== "string" || !isName(value)) throw new Misfit(at, "a name", value);
    if (kind === "label") return value;
    const known = this.#names.get(value);
    if (kind === "parameter") {
      if (known === undefined) return value;
      throw new Misfit(at, "a name that no earlier instruction declares", value);
    }
    this.dependsOnValues = true;
    if (known === "variable" || (kind === "variable" && known === undefined)) return value;
    throw new Misfit(
      at,
      kind === "variable" ? "a variable, not a parameter" : "the name of an earlier SET",
      value,
    );
  }

  #pieces(at: string, pieces: readonly unknown[]): readonly (string | Reference)[] {
    const { length } = pieces;
    if (length === 0) throw new Misfit(at, "a text of at least one piece", pieces);
    const copy: (string | Reference)[] = [];
    for (let i = 0; i < length; i++) {
      const piece = pieces[i];
      const place = `${at}[${i}]`;
      copy.push(typeof piece === "object" ? this.#reference(place, piece) : textOf(place, piece));
    }
    return copy;
  }

  #reference(at: string, value: unknown, kind?: "parameter"): Reference {
    const { name, span } = asObject(at, value);
    const known = this.#names.get(name);
    if (known === undefined || (kind !== undefined && known !== kind)) {
      throw new Misfit(`${at}.name`, `a ${kind ?? "name"} that an earlier instruction declares`, name);
    }
    this.dependsOnValues = true;
    return { name: name as string, span: spanOf(`${at}.span`, asObject(`${at}.span`, span)) };
  }
}

function integer(at: string, value: unknown, min: number, max: number): number {
  // Adding 0 turns −0 into 0.
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value + 0;
  throw new Misfit(at, `an integer from ${min} to ${max}`, value);
}

function textOf(at: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new Misfit(at, "a text of at least one character", value);
}

function rowsOf(at: string, value: unknown, w: number, h: number): readonly string[] {
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

function spanOf(at: string, { line, column, length }: Fields): Span {
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

function asObject(at: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Misfit(at, "an object", value);
}

/** A value that does not fit. Its place is completed when it is caught, because places cost time and are rarely needed. */
class Misfit {
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

function bad(at: string, { expected, found }: Misfit): TypeError {
  const advice = "change the program's source and parse it again";
  return new TypeError(`${at}: expected ${expected}, got ${describeValue(found)}; ${advice}`);
}
