import { BYTE_ORDER_MARK, findLineEnd, findNextLine, skipBlanks } from "./characters.ts";
import { Fault } from "./fault.ts";
import { readLabel } from "./names.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import type { Opcode } from "./opcodes.ts";
import type { Span } from "./span.ts";
import type { Label } from "./types.ts";

/** Names that are compared for the suggestions of one program, at most. */
const SUGGESTION_BUDGET = 20_000;

/** The names and labels that the lines read so far declare. */
export class Scope {
  /** Names of parameters and variables. */
  readonly names: Map<string, "parameter" | "variable" | "array"> = new Map();
  readonly labels: Map<string, Label> = new Map();
  /** `Program.straight` */
  isStraight = true;
  /** True once a line refers to a name, or sets a variable. */
  dependsOnValues = false;
  /** True once a line with an unknown opcode is found. It may declare a name or a label. */
  hasUnknownLine = false;
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

  /** `Program.plain` */
  get isPlain(): boolean {
    return this.isStraight && !this.dependsOnValues;
  }

  /** Defines a label of the instruction at `index`. Returns the fault if it cannot. */
  defineLabel(name: string, index: number, span: Span): Fault | undefined {
    const earlier = this.labels.get(name);
    if (earlier !== undefined) {
      return new Fault(
        "PXL_DUPLICATE_LABEL",
        () => `expected a label that line ${earlier.span.line} does not define`,
      );
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
    return this.#suggest(word, this.names.keys());
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
