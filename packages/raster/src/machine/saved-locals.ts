import type { Values } from "./state.ts";

/** The values of local variables that the calls of a run saved: the part of the stack beside the addresses. */
export class SavedLocals {
  readonly #slots: Int32Array[] = [];
  #values = new Int32Array(64);
  #count = 0;

  /** Saves the locals of a procedure, and sets its arguments, which are the first of them, and the others to 0. */
  push(locals: Int32Array, variables: Int32Array, args: Int32Array, count: number): void {
    this.#slots.push(locals);
    if (this.#count + locals.length > this.#values.length) {
      const grown = new Int32Array(2 * (this.#count + locals.length));
      grown.set(this.#values);
      this.#values = grown;
    }
    for (let i = 0; i < locals.length; i++) {
      const slot = locals[i] as number;
      this.#values[this.#count++] = variables[slot] as number;
      variables[slot] = i < count ? (args[i] as number) : 0;
    }
  }

  /** Restores the locals of the most recent call. */
  pop(variables: Int32Array): void {
    const locals = this.#slots.pop();
    if (locals === undefined) return;
    this.#count -= locals.length;
    for (let i = 0; i < locals.length; i++) {
      variables[locals[i] as number] = this.#values[this.#count + i] as number;
    }
  }

  /** Returns the saved values of each call, the most recent one last. */
  valuesByName(names: readonly string[]): Values[] {
    let at = 0;
    return this.#slots.map(
      (locals) =>
        new Map(Array.from(locals, (slot) => [names[slot] as string, this.#values[at++] as number])),
    );
  }
}
