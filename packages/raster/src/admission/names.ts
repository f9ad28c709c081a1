import { isName } from "@gvpie/pxl-parser";

import { bad, type Fields, Misfit } from "./values.ts";

export type NameKind = "parameter" | "integer parameter" | "variable" | "array";

/** A use of a name that no instruction before it declares. */
interface Use {
  readonly name: string;
  readonly kinds: readonly NameKind[];
  /** The place of the instruction, and below it. */
  readonly place: string;
  readonly at: string;
}

const HIDDEN = /^for@[1-9][0-9]{0,15}\.(?:limit|step)$/;

/** True for a name of a program: that of a local variable has the name of its procedure before it. */
function isQualifiedName(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const point = value.indexOf(".");
  return isName(value.slice(point + 1)) && (point === -1 || isName(value.slice(0, point)));
}

/** True for the name of a variable that holds the limit or the step of a FOR. */
function isHiddenName(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (HIDDEN.test(value)) return true;
  const point = value.indexOf(".");
  return isName(value.slice(0, point)) && HIDDEN.test(value.slice(point + 1));
}

/** The names that a program of version 2 declares and uses, in any order. */
export class Names {
  readonly #kinds = new Map<string, NameKind>();
  readonly #uses: Use[] = [];
  /** The instruction that is being checked. */
  place = "";

  /** Declares a name, and returns it. */
  declare(at: string, value: unknown, kind: NameKind): string {
    if (!isQualifiedName(value)) throw new Misfit(at, "a name", value);
    return this.#declare(at, value, kind);
  }

  /** Declares the name of a variable that holds the limit or the step of a FOR, and returns it. */
  declareHidden(at: string, value: unknown): string {
    if (!isHiddenName(value)) throw new Misfit(at, "a name such as for@3.limit", value);
    return this.#declare(at, value, "variable");
  }

  /** Declares a local variable of a procedure, or what a FOR in it holds, and returns its name. */
  declareLocal(at: string, value: unknown): string {
    return isHiddenName(value) ? this.#declare(at, value, "variable") : this.declare(at, value, "variable");
  }

  #declare(at: string, name: string, kind: NameKind): string {
    const known = this.#kinds.get(name);
    if (known !== undefined && (known !== kind || kind !== "variable")) {
      throw new Misfit(at, "a name that no other instruction declares", name);
    }
    this.#kinds.set(name, kind);
    return name;
  }

  /** Returns a name that an instruction, before or after, declares as one of some kinds. */
  use(at: string, value: unknown, kinds: readonly NameKind[]): string {
    if (!isQualifiedName(value) && !isHiddenName(value)) throw new Misfit(at, "a name", value);
    this.#uses.push({ name: value, kinds, place: this.place, at });
    return value;
  }

  /** Checks the uses. @throws {TypeError} at the first one that is not declared. */
  check(): void {
    for (const { name, kinds, place, at } of this.#uses) {
      const known = this.#kinds.get(name);
      if (known !== undefined && kinds.includes(known)) continue;
      throw bad(
        place + at,
        new Misfit("", `a name that the program declares as ${kinds.join(" or ")}`, name),
      );
    }
  }
}

/** Returns the place of an instruction in a program. */
export function placeOf(index: number, instruction: unknown, isKnown: (op: unknown) => boolean): string {
  const { op } = (instruction ?? {}) as Fields;
  return `program.instructions[${index}]${isKnown(op) ? ` (${String(op)})` : ""}`;
}
