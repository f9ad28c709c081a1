import {
  type Animation,
  type Canvas,
  DIRECTIONS,
  FONT_NAMES,
  type Instruction,
  type InstructionOf,
  isName,
  type OpcodeName,
  type Operand,
  type PaletteEntry,
  RELATIONS,
} from "@gvpie/pxl-parser";

import { INT32_MAX, INT32_MIN } from "../machine/arithmetic.ts";
import { MAX_ARGUMENTS, MAX_LOCALS } from "../machine/control.ts";
import { MAX_CELLS } from "../machine/parameters.ts";
import { MAX_POINTS } from "../machine/resolve.ts";
import type { Expressions } from "./expressions.ts";
import type { Names } from "./names.ts";
import { asArray, asObject, bad, type Fields, integer, Misfit, oneOf, textOf } from "./values.ts";

const UINT32_MAX = 2 ** 32 - 1;
const RELATION_NAMES: ReadonlySet<unknown> = new Set([...Object.keys(RELATIONS), "IS"]);
const DIRECTION_NAMES: ReadonlySet<unknown> = new Set(DIRECTIONS);
const FONTS: ReadonlySet<unknown> = new Set(FONT_NAMES);
const BLOCKS: ReadonlySet<unknown> = new Set(["IF", "DEF"]);

/** A CALL of a procedure, to be compared with its DEF. */
interface Call {
  readonly place: string;
  readonly procedure: number;
  readonly target: number;
  readonly count: number;
}

/** Checks what only programs of version 2 have. */
export class Structure {
  dependsOnValues = false;
  readonly #names: Names;
  readonly #expressions: Expressions;
  readonly #length: number;
  readonly #calls: Call[] = [];
  #cells = 0;
  #canvas: Canvas | undefined;
  #frames: Animation | undefined;

  /** @param length the number of instructions. */
  constructor(names: Names, expressions: Expressions, length: number) {
    this.#names = names;
    this.#expressions = expressions;
    this.#length = length;
  }

  /**
   * Checks an operand, and returns a copy; `undefined` for the operands whose check is that of version 1.
   *
   * @param earlier the checked operands before this one.
   */
  operand(at: string, operand: Operand, value: unknown, earlier: Fields): unknown {
    switch (operand.kind) {
      case "position":
      case "size":
      case "scale":
      case "value":
      case "number":
        // The right side of IS is a text.
        if (earlier["relation"] === "IS" && operand.name === "right") return textOf(at, value);
        return this.#value(at, value, operand.min, operand.max);
      case "literal":
      case "decimals":
      case "cells":
      case "dimension":
      case "count":
        return integer(at, value, operand.min, operand.max);
      case "color":
        if (typeof value !== "object") return integer(at, value, 0, UINT32_MAX);
        this.dependsOnValues = true;
        if (value !== null && "red" in value) return this.#expressions.channels(at, value);
        return this.#expressions.reference(at, value, ["parameter"]);
      case "color stop":
        if (typeof value !== "object") return integer(at, value, 0, UINT32_MAX);
        this.dependsOnValues = true;
        return this.#expressions.reference(at, value, ["parameter"]);
      case "rows":
        if (typeof value !== "object" || Array.isArray(value)) return undefined;
        this.dependsOnValues = true;
        return this.#expressions.reference(at, value, ["parameter"]);
      case "literal color":
        return integer(at, value, 0, UINT32_MAX);
      case "direction":
        return oneOf(at, value, DIRECTION_NAMES);
      case "font":
        return oneOf(at, value, FONTS);
      case "relation":
        return oneOf(at, value, RELATION_NAMES);
      case "text":
        if (!Array.isArray(value)) return undefined;
        return this.#pieces(at, value);
      case "template":
        if (Array.isArray(value)) this.dependsOnValues = true;
        return this.#expressions.template(at, value);
      case "numbers":
        return this.#values(at, value, MAX_ARGUMENTS);
      case "points":
        return this.#points(at, value);
      case "integers":
        return Array.from(asArray(at, value), (cell, i) =>
          integer(`${at}[${i}]`, cell, -(2 ** 31), 2 ** 31 - 1),
        );
      case "palette":
        return paletteOf(at, value);
      case "picture":
        return pictureOf(at, value, earlier);
      case "parameter":
      case "variable":
      case "set variable":
      case "array":
      case "procedure":
      case "label":
        // Checked in `complete`, with the rest of the instruction.
        if (value === undefined) throw new Misfit(at, "a name", value);
        return value;
      case "arguments":
        return asArray(at, value);
      default:
        return undefined;
    }
  }

  #value(at: string, value: unknown, min: number, max: number): unknown {
    if (typeof value === "object") this.dependsOnValues = true;
    return this.#expressions.value(at, value, min, max);
  }

  #values(at: string, value: unknown, most: number): readonly unknown[] {
    const values = asArray(at, value);
    if (values.length > most) throw new Misfit(at, `at most ${most} values`, value);
    return Array.from(values, (entry, i) => this.#value(`${at}[${i}]`, entry, INT32_MIN, INT32_MAX));
  }

  #pieces(at: string, pieces: readonly unknown[]): readonly unknown[] {
    if (pieces.length === 0) throw new Misfit(at, "a text of at least one piece", pieces);
    this.dependsOnValues = true;
    return Array.from(pieces, (piece, i) =>
      typeof piece === "object"
        ? this.#expressions.reference(`${at}[${i}]`, piece)
        : textOf(`${at}[${i}]`, piece),
    );
  }

  /** The points of a polygon: the name of an array, or coordinates. */
  #points(at: string, value: unknown): unknown {
    if (typeof value === "string") {
      this.dependsOnValues = true;
      return this.#names.use(at, value, ["array"]);
    }
    const points = asArray(at, value);
    const { length } = points;
    if (length === 0 || length % 2 === 1 || length > 2 * MAX_POINTS) {
      throw new Misfit(at, `1 to ${MAX_POINTS} points of two values each`, value);
    }
    return Array.from(points, (point, i) => this.#value(`${at}[${i}]`, point, INT32_MIN, UINT32_MAX));
  }

  /**
   * Checks the names of an instruction and what is not an operand, and adds them to its copy.
   *
   * @param own the checked operands of the instruction.
   */
  complete(op: OpcodeName, own: Fields, given: Fields, index: number): void {
    const target = (): number => integer(".target", given["target"], 0, this.#length);
    const { name } = own;
    switch (op) {
      case "PARAM":
        this.#names.declare(".name", name, "parameter");
        break;
      case "INT":
        this.#names.declare(".name", name, "integer parameter");
        own["decimals"] ??= 0;
        integer(".value", own["value"], own["lo"] as number, own["hi"] as number);
        break;
      case "LIST":
        this.#names.declare(".name", name, "array");
        this.#addCells(".values", (own["values"] as readonly number[]).length);
        break;
      case "ARRAY":
        this.#names.declare(".name", name, "array");
        this.#addCells(".size", own["size"] as number);
        break;
      case "SET":
        this.dependsOnValues = true;
        if (given["index"] === undefined) {
          this.#names.declare(".name", name, "variable");
          break;
        }
        this.#names.use(".name", name, ["array"]);
        own["index"] = this.#value(".index", given["index"], INT32_MIN, INT32_MAX);
        break;
      case "ADD":
      case "SUB":
      case "MUL":
      case "DIV":
      case "MOD":
        this.dependsOnValues = true;
        this.#names.use(".name", name, ["variable"]);
        break;
      case "IF":
        if (own["relation"] === "IS") {
          this.#expressions.reference(".left", own["left"], ["parameter", "integer parameter"]);
        }
        if (own["label"] !== undefined) nameOf(".label", own["label"]);
        own["target"] = target();
        break;
      case "JMP":
        nameOf(".label", own["label"]);
        break;
      case "CALL":
        nameOf(".label", own["label"]);
        this.#call(own, given);
        break;
      case "FOR":
        this.#names.declare(".name", name, "variable");
        own["limitName"] = this.#names.declareHidden(".limitName", given["limitName"]);
        own["stepName"] = this.#names.declareHidden(".stepName", given["stepName"]);
        own["target"] = target();
        break;
      case "NEXT":
        own["name"] = this.#names.use(".name", given["name"], ["variable"]);
        own["limitName"] = this.#names.use(".limitName", given["limitName"], ["variable"]);
        own["stepName"] = this.#names.use(".stepName", given["stepName"], ["variable"]);
        own["target"] = target();
        break;
      case "ELSE":
        own["target"] = target();
        break;
      case "END":
        own["closes"] = oneOf(".closes", given["closes"], BLOCKS);
        own["target"] = target();
        break;
      case "DEF":
        nameOf(".name", name);
        this.#define(own, given);
        own["target"] = target();
        break;
      case "CANVAS":
        if (this.#canvas !== undefined) throw new Misfit("", "one CANVAS in a program", op);
        this.#canvas = canvasOf(own as unknown as InstructionOf<"CANVAS">);
        break;
      case "FRAMES":
        if (this.#frames !== undefined) throw new Misfit("", "one FRAMES in a program", op);
        this.#frames = { count: own["n"] as number, delayMs: own["ms"] as number };
        break;
      default:
    }
    if (op === "CALL" && own["procedure"] !== undefined) {
      const count = (own["args"] as readonly unknown[] | undefined)?.length ?? 0;
      const place = `program.instructions[${index}] (CALL)`;
      this.#calls.push({
        place,
        procedure: own["procedure"] as number,
        target: own["target"] as number,
        count,
      });
    }
  }

  #addCells(at: string, count: number): void {
    this.#cells += count;
    if (this.#cells > MAX_CELLS) {
      throw new Misfit(at, `lists and arrays of at most ${MAX_CELLS} integers in all`, this.#cells);
    }
  }

  #call(own: Fields, given: Fields): void {
    const { procedure } = given;
    if (procedure !== undefined) own["procedure"] = integer(".procedure", procedure, 0, this.#length - 1);
    else if (own["args"] !== undefined) throw new Misfit(".args", "no values for a label", own["args"]);
  }

  /** The arguments of a procedure are the first of its local variables, which have names of their own. */
  #define(own: Fields, given: Fields): void {
    const args = asArray(".args", own["args"]);
    const locals = asArray(".locals", given["locals"]);
    if (args.length > MAX_ARGUMENTS) throw new Misfit(".args", `at most ${MAX_ARGUMENTS} names`, args);
    if (locals.length > MAX_LOCALS) throw new Misfit(".locals", `at most ${MAX_LOCALS} names`, locals);
    if (new Set(locals).size !== locals.length) throw new Misfit(".locals", "different names", locals);
    own["locals"] = Array.from(locals, (name, i) => this.#names.declareLocal(`.locals[${i}]`, name));
    own["args"] = Array.from(args, (name, i) => {
      if (name === locals[i]) return name;
      throw new Misfit(`.args[${i}]`, "the local variable of the same index", name);
    });
  }

  /**
   * Checks what depends on several instructions.
   *
   * @returns the parts of the program that its instructions state.
   * @throws {TypeError} with the place in the program.
   */
  finish(instructions: readonly Instruction[]): { readonly canvas?: Canvas; readonly frames?: Animation } {
    this.#names.check();
    for (const { place, procedure, target, count } of this.#calls) {
      const found = instructions[procedure];
      if (found?.op !== "DEF") {
        throw bad(`${place}.procedure`, new Misfit("", "the index of a DEF", procedure));
      }
      if (target !== procedure + 1) {
        throw bad(`${place}.target`, new Misfit("", "the instruction after the DEF", target));
      }
      if (found.args.length === count) continue;
      throw bad(`${place}.args`, new Misfit("", `${found.args.length} values`, count));
    }
    return {
      ...(this.#canvas === undefined ? {} : { canvas: this.#canvas }),
      ...(this.#frames === undefined ? {} : { frames: this.#frames }),
    };
  }
}

function canvasOf({ w, h, background }: InstructionOf<"CANVAS">): Canvas {
  return { width: w, height: h, ...(background === undefined ? {} : { background }) };
}

function nameOf(at: string, value: unknown): string {
  if (typeof value === "string" && isName(value)) return value;
  throw new Misfit(at, "a name", value);
}

function paletteOf(at: string, value: unknown): readonly PaletteEntry[] {
  const keys = new Set<string>();
  return Array.from(asArray(at, value), (given, i) => {
    const { key, color } = asObject(`${at}[${i}]`, given);
    const isKey = typeof key === "string" && Array.from(key).length === 1 && !/[ \t]/.test(key);
    if (!isKey || keys.has(key)) throw new Misfit(`${at}[${i}].key`, "another character, not a blank", key);
    keys.add(key);
    return { key, color: integer(`${at}[${i}].color`, color, 0, UINT32_MAX) };
  });
}

/** Checks the rows of an IMAGE, whose size and palette are `earlier` operands. */
function pictureOf(at: string, value: unknown, { w, h, palette }: Fields): readonly string[] {
  const keys = new Set((palette as readonly PaletteEntry[]).map(({ key }) => key)).add(".");
  const rows = asArray(at, value);
  if (rows.length !== h) throw new Misfit(at, `an array of ${String(h)} rows`, value);
  return Array.from(rows, (row, i) => {
    const pixels = typeof row === "string" && row.length <= 2 * (w as number) ? Array.from(row) : [];
    if (pixels.length === w && pixels.every((key) => keys.has(key))) return row as string;
    throw new Misfit(`${at}[${i}]`, `${String(w)} characters of the palette`, row);
  });
}
