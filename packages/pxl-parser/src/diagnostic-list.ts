import type { Diagnostic, Fix } from "./errors.ts";
import type { Span } from "./span.ts";
import type { LateFinding } from "./structure.ts";

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

  /** Adds diagnostics in source order that were found after all others. */
  merge(late: readonly LateFinding[]): void {
    const earlier = this.#kept.splice(0);
    let omitted: Span | undefined;
    const keep = (diagnostic: Diagnostic): void => {
      if (this.#kept.length < this.#max) {
        this.#kept.push(diagnostic);
      } else {
        const { line, column, length } = diagnostic;
        omitted ??= { line, column, length };
        this.#omitted++;
      }
    };
    let next = 0;
    for (const finding of late) {
      for (; next < earlier.length && isBefore(earlier[next] as Diagnostic, finding.span); next++) {
        keep(earlier[next] as Diagnostic);
      }
      if (this.#kept.length < this.#max) {
        const { line, column, length } = finding.span;
        const message = finding.message();
        keep({ severity: this.#severity, code: finding.code, message, line, column, length });
      } else {
        omitted ??= finding.span;
        this.#omitted++;
      }
    }
    for (; next < earlier.length; next++) keep(earlier[next] as Diagnostic);
    const first = this.#firstOmitted;
    if (omitted !== undefined && (first === undefined || isBefore(omitted, first))) {
      this.#firstOmitted = omitted;
    }
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

/** True if a place is not after another one. */
function isBefore(a: Span, b: Span): boolean {
  return a.line < b.line || (a.line === b.line && a.column <= b.column);
}
