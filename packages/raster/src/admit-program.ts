import {
  ALIGNMENTS,
  describeValue,
  type Instruction,
  type IntegerOperand,
  isName,
  isParsedProgram,
  type Language,
  OPCODES,
  type Opcode,
  type OpcodeName,
  type Operand,
  type ParameterInstruction,
  type Program,
  type Reference,
  RELATIONS,
} from "@gvpie/pxl-parser";

import { Expressions } from "./admission/expressions.ts";
import { Names, placeOf } from "./admission/names.ts";
import { Structure } from "./admission/structure.ts";
import {
  asObject,
  bad,
  type Fields,
  integer,
  Misfit,
  oneOf,
  rowsOf,
  spanOf,
  textOf,
} from "./admission/values.ts";
import { checkLimit } from "./limits.ts";
import type { Limits } from "./types.ts";

/** The part of a program that runs. */
export type RunnableProgram = Omit<Program, "labels">;

const OPCODE_BY_NAME: ReadonlyMap<unknown, Opcode> = new Map(OPCODES.map((opcode) => [opcode.name, opcode]));
/** The place of each operand below its instruction. */
const PLACES: ReadonlyMap<string, string> = new Map(
  OPCODES.flatMap(({ operands }) => operands.map(({ name }) => [name, `.${name}`] as const)),
);
/** The opcodes of version 1, with its operands. */
const OPCODES_1: ReadonlyMap<unknown, Opcode> = new Map(
  OPCODES.filter(({ since }) => since === 1).map((opcode) => [
    opcode.name,
    { ...opcode, operands: opcode.operands.filter(({ since }) => since === 1) },
  ]),
);
const ALIGNMENT_NAMES: ReadonlySet<unknown> = new Set(ALIGNMENTS);
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
  if (language !== "1" && language !== "2") {
    throw bad("program.language", new Misfit("", 'the string "1" or "2"', language));
  }
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
    const checked = (admission ??= new Admission(language, length)).check(instruction, i);
    if (copies) admitted.push(checked);
  }
  if (admission === undefined) {
    return { language, instructions: admitted, params: [], straight: true, plain: true };
  }
  const { params, straight, dependsOnValues, structure } = admission;
  const plain = straight && !dependsOnValues && structure?.dependsOnValues !== true;
  return { language, instructions: admitted, params, straight, plain, ...structure?.finish(admitted) };
}

/** Returns the value of a key that only version 2 has and that would change what an instruction does. */
function laterKey(name: OpcodeName, given: Fields): unknown {
  // It takes long to find that an object has no key, so each opcode has its own.
  if (name === "RECT" || name === "BOX") return given["radius"];
  if (name === "SET") return given["index"];
  return name === "CALL" ? given["procedure"] : undefined;
}

/** Checks operands that may be left out together. */
function groupOf(group: string, given: Fields, check: (at: string, fields: Fields) => Fields): Fields {
  const values = given[group];
  const at = `.${group}`;
  return { [group]: values === undefined ? undefined : check(at, asObject(at, values)) };
}

function isOpcode(op: unknown): boolean {
  return OPCODE_BY_NAME.has(op);
}

/** True for a correct instruction of a common opcode with only values of the common range: most of a large program. */
function isCommon(instruction: unknown): boolean {
  if (typeof instruction !== "object" || instruction === null) return false;
  // Each case reads its own operands, so that the engine sees one shape of object at each place.
  const given = instruction as Fields;
  switch (given["op"]) {
    case "RECT":
    case "BOX": {
      const { x, y, w, h, radius } = given;
      const isBox = isInt32(x) && isInt32(y) && isInt32(w) && w >= 0 && isInt32(h) && h >= 0;
      return isBox && radius === undefined;
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

/** Checks the instructions of a program in order. */
class Admission {
  readonly params: ParameterInstruction[] = [];
  straight = true;
  dependsOnValues = false;
  /** Checks the parts of version 2; `undefined` for a program of version 1. */
  readonly structure: Structure | undefined;
  readonly #length: number;
  /** Names that the instructions so far declare, in version 1. */
  readonly #names = new Map<unknown, "parameter" | "variable" | "array">();
  readonly #later: Names | undefined;
  readonly #expressions: Expressions | undefined;

  /** @param length the number of instructions. */
  constructor(language: Language, length: number) {
    this.#length = length;
    if (language === "1") return;
    this.#later = new Names();
    this.#expressions = new Expressions(this.#later);
    this.structure = new Structure(this.#later, this.#expressions, length);
  }

  /** Returns a copy of the instruction with the keys that it must have. */
  check(instruction: unknown, index: number): Instruction {
    try {
      if (this.#later !== undefined) this.#later.place = placeOf(index, instruction, isOpcode);
      return this.#check(asObject("", instruction), index);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      throw bad(`${placeOf(index, instruction, isOpcode)}${error.at}`, error);
    }
  }

  #check(given: Fields, index: number): Instruction {
    const { op } = given;
    const { structure } = this;
    const opcode = (structure === undefined ? OPCODES_1 : OPCODE_BY_NAME).get(op);
    if (opcode === undefined) {
      const expected = OPCODE_BY_NAME.has(op)
        ? "an opcode of version 1 of the language, as program.language says"
        : "the name of an opcode in upper case";
      throw new Misfit(".op", expected, op);
    }
    if (structure === undefined) return this.#check1(given, opcode);
    const { name, group, operands } = opcode;
    const own =
      group === undefined
        ? this.#operands2(structure, "", operands, given)
        : groupOf(group, given, (at, fields) => this.#operands2(structure, at, operands, fields));
    if (opcode.jumps) this.straight = false;
    if ("label" in own) own["target"] = integer(".target", given["target"], 0, this.#length);
    structure.complete(name, own, given, index);
    const checked = { op, ...own, ...spanOf("", given) } as Instruction;
    if (checked.op === "PARAM" || checked.op === "INT" || checked.op === "LIST") this.params.push(checked);
    return checked;
  }

  /** Checks an instruction of version 1. */
  #check1(given: Fields, { name, group, jumps, declares, operands }: Opcode): Instruction {
    const later = laterKey(name, given);
    if (later !== undefined) {
      throw new Misfit("", "the keys of version 1 of the language, as program.language says", later);
    }
    const own =
      group === undefined
        ? this.#operands("", operands, given)
        : groupOf(group, given, (at, fields) => this.#operands(at, operands, fields));
    if (jumps) this.straight = false;
    if ("label" in own) own["target"] = integer(".target", given["target"], 0, this.#length);
    const checked = { op: name, ...own, ...spanOf("", given) } as Instruction;
    if (declares !== undefined) this.#names.set(own["name"], declares);
    if (checked.op === "PARAM") this.params.push(checked);
    return checked;
  }

  #operands(at: string, operands: readonly Operand[], given: Fields): Fields {
    const fields: Fields = {};
    for (const operand of operands) {
      const { name } = operand;
      fields[name] = this.#operand(
        at === "" ? (PLACES.get(name) ?? name) : `${at}.${name}`,
        operand,
        given[name],
        fields,
      );
    }
    return fields;
  }

  /** Checks the operands of an instruction of version 2, which may leave some out. */
  #operands2(structure: Structure, at: string, operands: readonly Operand[], given: Fields): Fields {
    const fields: Fields = {};
    for (const operand of operands) {
      const { name, isOptional } = operand;
      const value = given[name];
      if (value === undefined && isOptional) continue;
      const place = `${at}.${name}`;
      fields[name] =
        structure.operand(place, operand, value, fields) ?? this.#operand(place, operand, value, fields);
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
        return oneOf(at, value, ALIGNMENT_NAMES);
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
        // The kinds of version 2 reach this with null only.
        throw new Misfit(at, "a value", value);
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
