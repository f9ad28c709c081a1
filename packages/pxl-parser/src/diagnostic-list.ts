import type { Diagnostic } from "./errors.ts";
import type { Span } from "./span.ts";

/** Collects diagnostics of one severity in source order. Beyond `max` it only counts, so that its memory stays bounded. */
export class DiagnosticList {
  readonly #severity: Diagnostic["severity"];
  readonly #max: number;
  readonly #kept: Diagnostic[] = [];
  #firstLeftOut: Span | undefined;
  #leftOut = 0;

  constructor(severity: Diagnostic["severity"], max: number) {
    this.#severity = severity;
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0;
  }

  /** `message` is only called when the diagnostic is kept. */
  add(code: Diagnostic["code"], { line, column, length }: Span, message: () => string): void {
    if (this.#kept.length < this.#max) {
      this.#kept.push({ severity: this.#severity, code, message: message(), line, column, length });
      return;
    }
    this.#firstLeftOut ??= { line, column, length };
    this.#leftOut++;
  }

  /** Everything kept and, where something was left out, how much. */
  toArray(): readonly Diagnostic[] {
    if (this.#firstLeftOut === undefined) return this.#kept;
    const message = `expected at most ${this.#max} diagnostics, found ${this.#leftOut} more from here on`;
    return [
      ...this.#kept,
      { severity: this.#severity, code: "PXL_TOO_MANY_DIAGNOSTICS", message, ...this.#firstLeftOut },
    ];
  }
}
