import { printable } from "@gvpie/app-common";

/**
 * Text that goes to a terminal as it is, because its control characters are ours. `print` and `say` escape every other
 * text.
 */
export class TerminalText {
  /** As it is written. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Marks text as safe. The caller has escaped everything in it that comes from outside. */
  static trust(text: string): TerminalText {
    return new TerminalText(text);
  }

  /** Without white space at its end. */
  trimEnd(): TerminalText {
    return new TerminalText(this.text.trimEnd());
  }

  /** Text that is put into a plain string is escaped again when that string is printed. */
  toString(): string {
    return this.text;
  }
}

/** A part of a line: foreign text, or text that is safe already. */
export type Part = string | number | TerminalText;

/**
 * Tag of a template whose literal parts are ours: each value is escaped as one line, so that a line feed in a file name
 * cannot start a line of its own.
 */
export function line(literals: TemplateStringsArray, ...values: readonly Part[]): TerminalText {
  return TerminalText.trust(
    literals.map((literal, i) => (i === 0 ? literal : safe(values[i - 1] ?? "") + literal)).join(""),
  );
}

/** Joins parts, each escaped as one line. */
export function joined(parts: readonly Part[], separator = ""): TerminalText {
  return TerminalText.trust(parts.map(safe).join(separator));
}

/** Returns the safe form of one part. */
export function safe(part: Part): string {
  return part instanceof TerminalText ? part.text : printable(String(part));
}
