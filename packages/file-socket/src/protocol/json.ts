/** A value of strict JSON. Objects have no prototype, so no key is special. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Thrown for text that is not strict JSON. `offset` counts UTF-16 units from 0. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.offset = offset;
  }
}

const MAX_DEPTH = 8;
const MAX_VALUES = 10_000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses UTF-8 as RFC 8259 JSON with further restrictions: no duplicate keys, no lone surrogates, no byte order mark, at
 * most 8 levels and 10,000 values, or those given. Memory use is proportional to the size of the text, even if it is hostile.
 *
 * @throws {JsonError}
 */
export function parseJson(
  bytes: Uint8Array,
  maxDepth: number = MAX_DEPTH,
  maxValues: number = MAX_VALUES,
): JsonValue {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new JsonError("expected well-formed UTF-8 in the text that starts", 0);
  }
  return new Reader(text, maxDepth, maxValues).document();
}

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  #at = 0;
  #values = 0;

  constructor(text: string, maxDepth: number, maxValues: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#maxValues = maxValues;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#expected("the end of the text");
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > this.#maxDepth) {
      throw new JsonError(`expected at most ${this.#maxDepth} levels, got more`, this.#at);
    }
    if (++this.#values > this.#maxValues) {
      throw new JsonError(`expected at most ${this.#maxValues} values, got more`, this.#at);
    }
    this.#space();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const object = Object.create(null) as JsonObject;
    this.#at++;
    this.#space();
    if (this.#accept("}")) return object;
    for (;;) {
      this.#space();
      const start = this.#at;
      if (this.#text[start] !== '"') throw this.#expected("a key");
      const key = this.#string();
      if (key in object) {
        throw new JsonError(`expected distinct keys, got ${JSON.stringify(key.slice(0, 64))} twice`, start);
      }
      this.#space();
      if (!this.#accept(":")) throw this.#expected("':'");
      object[key] = this.#value(depth + 1);
      this.#space();
      if (this.#accept("}")) return object;
      if (!this.#accept(",")) throw this.#expected("',' or '}'");
    }
  }

  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    this.#space();
    if (this.#accept("]")) return array;
    for (;;) {
      array.push(this.#value(depth + 1));
      this.#space();
      if (this.#accept("]")) return array;
      if (!this.#accept(",")) throw this.#expected("',' or ']'");
    }
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at;
    let end = start;
    for (;;) {
      end = text.indexOf('"', end + 1);
      if (end === -1) {
        this.#at = text.length;
        throw this.#expected("the end of a string");
      }
      let backslashes = 0;
      while (text[end - 1 - backslashes] === "\\") backslashes++;
      if (backslashes % 2 === 0) break;
    }
    let value: string;
    try {
      // JSON.parse decodes escapes and rejects control characters and invalid escapes.
      value = JSON.parse(text.slice(start, end + 1)) as string;
    } catch {
      throw new JsonError("expected valid escapes and no control characters in the string", start);
    }
    if (!value.isWellFormed()) throw new JsonError("expected no lone surrogate in the string", start);
    this.#at = end + 1;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text)?.[0];
    if (match === undefined) throw this.#expected("a value");
    const value = Number(match);
    if (!Number.isFinite(value)) throw new JsonError("expected a number in the range of a double", this.#at);
    this.#at += match.length;
    return value;
  }

  #word<T extends boolean | null>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#expected("a value");
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #accept(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expected(what: string): JsonError {
    const found = this.#text.codePointAt(this.#at);
    const shown = found === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(found));
    return new JsonError(`expected ${what}, got ${shown}`, this.#at);
  }
}
