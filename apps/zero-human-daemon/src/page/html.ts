import { printable } from "@gvpie/app-common";

/** Markup that is safe to send: the literal parts of {@link html}, and escaped values. */
export class Html {
  readonly #text: string;

  /** Only for this file: text that is escaped already. */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A value between the literal parts. `undefined`, `null` and `false` give nothing. */
export type Part = Html | string | number | bigint | false | null | undefined | readonly Part[];

/**
 * Returns markup. Values are text, for elements and for attributes in double quotes: they are escaped, and their unsafe characters
 * made visible, as `printable` does.
 *
 * @throws {TypeError} if an attribute lacks its quotes.
 */
export function html(literals: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = literals[0] ?? "";
  for (const [index, value] of values.entries()) {
    // Only the literal: a value that looks like an attribute is text.
    const literal = literals[index] ?? "";
    if (/(?:^|\s)[\w-]+=$/.test(literal)) {
      throw new TypeError(`expected a quoted attribute after ${literal.slice(-40)}`);
    }
    text += textOf(value) + (literals[index + 1] ?? "");
  }
  return new Html(text);
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.toString();
  if (Array.isArray(part)) return part.map((one: Part) => textOf(one)).join("");
  if (part === undefined || part === null || part === false) return "";
  return escapeHtml(printable(String(part)));
}

/** Returns text as markup with every character as it is, for values that a form sends back. */
export function exact(text: string): Html {
  return new Html(escapeHtml(text));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
