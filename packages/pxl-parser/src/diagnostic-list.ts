import type { Diagnostic, Fix } from "./errors.ts";
import type { Span } from "./span.ts";

/** The parts of a diagnostic that are for people and tools. `fix` is absent if there is none. */
export interface Description {
  readonly message: string;
  readonly fix?: Fix;
}

/** Collects diagnostics of one severity in source order. Keeps at most `max` and counts the rest. */
export class DiagnosticList {
  readonly #severity: Diagnostic["severity"];
  readonly #max: number;
  readonly #kept: Diagnostic[] = [];
  #firstOmitted: Span | undefined;
  #omitted = 0;

  constructor(severity: Diagnostic["severity"], max: number) {
    this.#severity = severity;
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** Calls `describe`, which returns the message and the fix, only if the diagnostic is kept. */
  add(code: Diagnostic["code"], { line, column, length }: Span, describe: () => string | Description): void {
    if (this.#kept.length < this.#max) {
      const description = describe();
      const described = typeof description === "string" ? { message: description } : description;
      this.#kept.push({ severity: this.#severity, code, ...described, line, column, length });
      return;
    }
    this.#firstOmitted ??= { line, column, length };
    this.#omitted++;
  }

  /** Returns the kept diagnostics and, if others were omitted, one entry with their number. */
  toArray(): readonly Diagnostic[] {
    if (this.#firstOmitted === undefined) return this.#kept;
    const message = `expected at most ${this.#max} diagnostics, got ${this.#omitted} more from here on`;
    return [
      ...this.#kept,
      { severity: this.#severity, code: "PXL_TOO_MANY_DIAGNOSTICS", message, ...this.#firstOmitted },
    ];
  }
}
