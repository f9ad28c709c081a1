import { BYTE_ORDER_MARK, findLineEnd, findNextLine, skipBlanks } from "./characters.ts";
import { Fault } from "./fault.ts";
import { readLabel } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import type { Opcode } from "./opcodes.ts";
import type { Span } from "./span.ts";
import {
  readStructure,
  type LateFinding,
  type NameKind,
  type Procedure,
  type Structure,
} from "./structure.ts";
import type { Animation, Canvas, Label } from "./types.ts";

/** Names that are compared for the suggestions of one program, at most. */
const SUGGESTION_BUDGET = 20_000;

/** The names and labels that the lines read so far declare. */
export class Scope {
  /** Names that lines outside procedures declare. */
  readonly names: Map<string, NameKind> = new Map();
  readonly labels: Map<string, Label> = new Map();
  /** `Program.straight` */
  isStraight = true;
  /** True once a line refers to a name, or sets a variable. */
  dependsOnValues = false;
  /** True once a line with an unknown opcode is found. It may declare a name or a label. */
  hasUnknownLine = false;
  /** True once a block was found: later lines may be in one. */
  hasBlocks = false;
  /** Cells of the lists and arrays. */
  cells = 0;
  canvas: Canvas | undefined;
  frames: Animation | undefined;
  /** The procedure that contains the current line. */
  procedure: Procedure | undefined;
  /** Local variables of it that lines so far set, as they are written. */
  #localsSoFar: Set<string> | undefined;
  /** Lines of procedures so far, by name. */
  #procedureLines: Map<string, number> | undefined;
  #nextProcedure = 0;
  #structure: Structure | undefined;
  #owners: Map<string, string> | undefined;
  readonly #source: string;
  readonly #maxLabels: number;
  #allLabels: { readonly names: ReadonlySet<string>; readonly isComplete: boolean } | undefined;
  #suggestions = SUGGESTION_BUDGET;

  constructor(source: string, maxLabels: number) {
    this.#source = source;
    this.#maxLabels = maxLabels;
  }

  /** Records an instruction whose first operand is `name`. */
  addInstruction({ jumps, declares }: Opcode, name: unknown): void {
    if (jumps) this.isStraight = false;
    if (declares === undefined || typeof name !== "string" || this.names.has(name)) return;
    this.names.set(name, declares);
  }

  /** The names and blocks of the whole source; read at the first use, which a program of version 1 never makes. */
  get structure(): Structure {
    if (this.#structure === undefined) {
      this.#structure = readStructure(this.#source);
      this.hasBlocks = this.#structure.hasBlocks;
    }
    return this.#structure;
  }

  /** The faults that only the whole source shows; `undefined` if no line needed it. */
  get lateFindings(): readonly LateFinding[] | undefined {
    return this.#structure?.findings;
  }

  /** Finds the procedure that contains a line. Lines are given in order. */
  enterLine(line: number): void {
    if (this.procedure !== undefined && line >= this.procedure.endLine) this.procedure = undefined;
    const { procedures } = this.structure;
    for (; this.#nextProcedure < procedures.length; this.#nextProcedure++) {
      const next = procedures[this.#nextProcedure] as Procedure;
      if (next.line >= line) return;
      this.#localsSoFar = new Set(next.args);
      this.procedure = line < next.endLine ? next : undefined;
    }
  }

  /** Returns the name in the program and the kind of a name that any line declares. */
  resolve(name: string): { readonly name: string; readonly kind: NameKind } | undefined {
    if (this.procedure?.locals.has(name) === true) {
      return { name: `${this.procedure.name}.${name}`, kind: "variable" };
    }
    const kind = this.names.get(name) ?? this.structure.names.get(name);
    return kind === undefined ? undefined : { name, kind };
  }

  /** Returns the name of the first procedure that has a local variable of this name. */
  ownerOf(name: string): string | undefined {
    if (this.#owners === undefined) {
      this.#owners = new Map();
      for (const procedure of this.structure.procedures.toReversed()) {
        for (const local of procedure.locals) this.#owners.set(local, procedure.name);
      }
    }
    return this.#owners.get(name);
  }

  /** Records that a line sets a variable, which declares it for the texts of later lines. */
  setVariable(name: string): void {
    if (this.procedure?.locals.has(name) === true) {
      this.#localsSoFar?.add(name);
    } else if (!this.names.has(name)) {
      this.names.set(name, "variable");
    }
  }

  /** Returns the name in the program of a name in a text; `undefined` unless an earlier line declares it as a number or text. */
  nameInText(name: string): string | undefined {
    if (this.procedure?.locals.has(name) === true) {
      return this.#localsSoFar?.has(name) === true ? `${this.procedure.name}.${name}` : undefined;
    }
    const kind = this.names.get(name);
    return kind === undefined || kind === "array" ? undefined : name;
  }

  /** Defines a procedure. Returns the fault if it cannot. */
  defineProcedure(name: string, line: number): Fault | undefined {
    const earlier = this.labels.get(name)?.span.line ?? this.#procedureLines?.get(name);
    if (earlier !== undefined) {
      return new Fault(
        "PXL_DUPLICATE_LABEL",
        () => `expected a name that neither a label nor another DEF has, not that of line ${earlier}`,
      );
    }
    this.#procedureLines ??= new Map();
    this.#procedureLines.set(name, line);
    return undefined;
  }

  /** `Program.plain` */
  get isPlain(): boolean {
    return this.isStraight && !this.dependsOnValues;
  }

  /** Defines a label of the instruction at `index`. Returns the fault if it cannot. */
  defineLabel(name: string, index: number, span: Span): Fault | undefined {
    const earlier = this.labels.get(name)?.span.line ?? this.#procedureLines?.get(name);
    if (earlier !== undefined) {
      return new Fault("PXL_DUPLICATE_LABEL", () => `expected a label that line ${earlier} does not define`);
    }
    if (this.labels.size === this.#maxLabels) {
      return new Fault("PXL_TOO_MANY_LABELS", () => `expected at most ${this.#maxLabels} labels`);
    }
    this.labels.set(name, { index, span });
    return undefined;
  }

  /** True if any line of the source defines the label. */
  hasLabel(name: string): boolean {
    if (this.labels.has(name)) return true;
    const { names, isComplete } = this.#findLabels();
    // With too many labels the program has another error.
    return names.has(name) || !isComplete;
  }

  suggestLabel(word: string): Suggestion | undefined {
    return this.#suggest(word, this.#findLabels().names);
  }

  suggestName(word: string): Suggestion | undefined {
    return this.#suggest(word, this.structure.names.keys());
  }

  #suggest(word: string, names: Iterable<string>): Suggestion | undefined {
    if (this.#suggestions === 0) return undefined;
    const candidates: string[] = [];
    for (const name of names) {
      if (this.#suggestions === 0) break;
      this.#suggestions--;
      candidates.push(name);
    }
    return nearest(word, candidates);
  }

  #findLabels(): { readonly names: ReadonlySet<string>; readonly isComplete: boolean } {
    this.#allLabels ??= findLabels(this.#source, this.#maxLabels);
    return this.#allLabels;
  }
}

/** Returns the labels that the lines of a source define, at most one more than `max`. */
function findLabels(source: string, max: number): { names: ReadonlySet<string>; isComplete: boolean } {
  const names = new Set<string>();
  let position = source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  while (position < source.length && names.size <= max) {
    const end = findLineEnd(source, position);
    const label = readLabel(source, skipBlanks(source, position), end);
    if (label !== undefined) names.add(label.name);
    position = findNextLine(source, end);
  }
  return { names, isComplete: names.size <= max };
}
