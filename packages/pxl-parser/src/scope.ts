import { BYTE_ORDER_MARK, findLineEnd, findNextLine, skipBlanks } from "./characters.ts";
import { Fault } from "./fault.ts";
import { readLabel } from "./names.ts";
import { nearest } from "./nearest.ts";
import type { Opcode } from "./opcodes.ts";
import type { Span } from "./span.ts";
import type { Label } from "./types.ts";

/** Comparisons of names that one program's messages may cost. */
const SUGGESTION_BUDGET = 100_000;

/** What the lines read so far have declared. */
export class Scope {
  /** Names of parameters and variables. */
  readonly names: Map<string, "parameter" | "variable"> = new Map();
  readonly labels: Map<string, Label> = new Map();
  /** As {@link Program.straight}. */
  isStraight = true;
  /** True once a line refers to a name, or sets a variable. */
  dependsOnValues = false;
  readonly #source: string;
  readonly #maxLabels: number;
  #allLabels: { readonly names: ReadonlySet<string>; readonly isComplete: boolean } | undefined;
  #suggestions = SUGGESTION_BUDGET;

  constructor(source: string, maxLabels: number) {
    this.#source = source;
    this.#maxLabels = maxLabels;
  }

  /** `name` is the instruction's first operand. */
  noteInstruction({ jumps, declares }: Opcode, name: unknown): void {
    if (jumps) this.isStraight = false;
    if (declares === undefined || typeof name !== "string" || this.names.has(name)) return;
    this.names.set(name, declares);
  }

  /** True where nothing depends on a value: as {@link Program.plain}. */
  get isPlain(): boolean {
    return this.isStraight && !this.dependsOnValues;
  }

  /** Defines a label before the instruction at `index`, or says why it cannot be. */
  defineLabel(name: string, index: number, span: Span): Fault | undefined {
    const former = this.labels.get(name);
    if (former !== undefined) {
      return new Fault(
        "PXL_DUPLICATE_LABEL",
        () => `expected a label that is not in use; line ${former.span.line} has it`,
      );
    }
    if (this.labels.size === this.#maxLabels) {
      return new Fault("PXL_TOO_MANY_LABELS", () => `expected at most ${this.#maxLabels} labels`);
    }
    this.labels.set(name, { index, span });
    return undefined;
  }

  /** Whether any line of the source defines a label. */
  hasLabel(name: string): boolean {
    if (this.labels.has(name)) return true;
    const { names, isComplete } = this.#findLabels();
    // Beyond the greatest number of labels the program has an error anyway.
    return names.has(name) || !isComplete;
  }

  suggestLabel(word: string): string | undefined {
    return this.#suggest(word, this.#findLabels().names);
  }

  suggestName(word: string): string | undefined {
    return this.#suggest(word, this.names.keys());
  }

  #suggest(word: string, names: Iterable<string>): string | undefined {
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

/** The labels that the lines of a source define, up to one more than `max`. */
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
