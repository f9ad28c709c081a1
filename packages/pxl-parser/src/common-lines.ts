import type { Instruction } from "./instructions.ts";
import { createSlots, OPCODE_ENTRIES, type OpcodeEntry } from "./opcodes.ts";
import type { OperandValue } from "./operands.ts";

/** The used part of TextEncoder, which the `es` type library does not declare. */
interface Encoder {
  encodeInto(source: string, destination: Uint8Array): { readonly read: number; readonly written: number };
}

/** An opcode whose operands are positions and sizes, and at most one text after them. */
interface Form {
  readonly entry: OpcodeEntry;
  /** ASCII codes of the name in lower case. */
  readonly letters: Uint8Array;
  /** Number of positions and sizes. */
  readonly integers: number;
  readonly hasText: boolean;
}

/** Code units that are encoded together. Few, because a window with one non-ASCII character is not read here. */
const WINDOW_LENGTH = 1024;
/** The largest integer read here: in the range of positions and sizes, and stored unboxed by engines. */
const INTEGER_MAX = 0x7fff_ffff;
// Not imported, because engines load an imported constant at each use, and these are used for every byte.
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const BRACE = 0x7b;
const DELETE = 0x7f;
/** Ends a window that does not end with the source, so that its last line is not read here unless it has a terminator. */
const WINDOW_END = 0;

/** Created at the first use; `undefined` where there is no TextEncoder, as in the test environment jsdom. */
let encoder: Encoder | undefined | null = null;
/** The window and the byte that ends it. Shared by all readers, because programs are read one after another. */
const bytes = new Uint8Array(WINDOW_LENGTH + 1);

/** Forms by the low five bits of their first letter. */
const FORMS: readonly Form[][] = Array.from({ length: 32 }, () => []);
for (const entry of Object.values(OPCODE_ENTRIES)) {
  const { name, core: operands, jumps, since } = entry;
  const hasText = operands.at(-1)?.kind === "text";
  const integers = operands.filter(({ kind }) => kind === "position" || kind === "size").length;
  if (since > 1 || jumps || integers + Number(hasText) < operands.length) continue;
  const letters = Uint8Array.from(name.toLowerCase(), (letter) => letter.charCodeAt(0));
  FORMS[(letters[0] ?? 0) & 31]?.push({ entry, letters, integers, hasText });
}

/**
 * A fast path for the most common lines: ASCII only, one space before each operand, no sign, no brace, nothing after the
 * last operand. They depend on no other line. They are read from bytes, because an engine checks the representation of a
 * string at each access.
 */
export class CommonLineReader {
  readonly #source: string;
  readonly #values: OperandValue[] = createSlots();
  /** The window's range of code units in the source. */
  #start = 0;
  #end = 0;
  #isAscii = false;
  /** Code units after a window with other characters that are not tried; doubles with each such window. */
  #skipped = 0;
  #nextLine = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Index of the code unit after the most recently read line and its terminator. */
  get nextLine(): number {
    return this.#nextLine;
  }

  /** Reads the line that begins at a code unit. Returns `undefined` for a line in another form, correct or not. */
  read(lineStart: number, line: number): Instruction | undefined {
    if (lineStart >= this.#end) this.#moveWindow(lineStart);
    if (!this.#isAscii) return undefined;
    const offset = lineStart - this.#start;
    let start = offset;
    while (bytes[start] === SPACE) start++;
    const form = matchForm(start);
    if (form === undefined) return undefined;

    const { entry, integers } = form;
    let index = start + form.letters.length;
    for (let i = 0; i < integers; i++) {
      if (bytes[index++] !== SPACE) return undefined;
      let digit = (bytes[index] as number) - DIGIT_0;
      if (digit < 0 || digit > 9) return undefined;
      let value = 0;
      do {
        value = value * 10 + digit;
        digit = (bytes[++index] as number) - DIGIT_0;
      } while (digit >= 0 && digit <= 9);
      if (value > INTEGER_MAX) return undefined;
      this.#values[i] = value;
    }
    if (form.hasText) {
      if (bytes[index] !== SPACE) return undefined;
      const textStart = index + 1;
      const textEnd = findTextEnd(textStart);
      if (bytes[textEnd - 1] === SPACE) return undefined;
      this.#values[integers] = this.#source.slice(this.#start + textStart, this.#start + textEnd);
      index = textEnd;
    }

    const length = index - start;
    if (bytes[index] === CR) index++;
    if (bytes[index] !== LF) return undefined;
    this.#nextLine = this.#start + index + 1;
    return entry.build(this.#values, line, start - offset + 1, length);
  }

  #moveWindow(start: number): void {
    const text = this.#source.slice(start, start + WINDOW_LENGTH);
    this.#start = start;
    this.#end = start + text.length;
    this.#isAscii = encodeAscii(text);
    bytes[text.length] = this.#end === this.#source.length ? LF : WINDOW_END;
    this.#skipped = this.#isAscii ? 0 : 2 * this.#skipped + text.length;
    this.#end += this.#skipped;
  }
}

/** Writes a text to `bytes`. Returns false if it is not ASCII; the bytes then have no meaning. */
function encodeAscii(text: string): boolean {
  if (encoder === null) encoder = createEncoder();
  if (encoder !== undefined) {
    // A character beyond ASCII has more bytes than code units.
    const { read, written } = encoder.encodeInto(text, bytes);
    return read === written;
  }
  for (let i = 0; i < text.length; i++) {
    const codeUnit = text.charCodeAt(i);
    if (codeUnit > DELETE) return false;
    bytes[i] = codeUnit;
  }
  return true;
}

function createEncoder(): Encoder | undefined {
  const { TextEncoder } = globalThis as { readonly TextEncoder?: new () => Encoder };
  return TextEncoder === undefined ? undefined : new TextEncoder();
}

function matchForm(start: number): Form | undefined {
  const forms = FORMS[(bytes[start] as number) & 31] as readonly Form[];
  for (let i = 0; i < forms.length; i++) {
    const form = forms[i] as Form;
    if (isWrittenAt(start, form.letters)) return form;
  }
  return undefined;
}

function isWrittenAt(start: number, letters: Uint8Array): boolean {
  for (let i = 0; i < letters.length; i++) {
    // Setting bit 5 maps exactly A–Z to a–z: no other code becomes an ASCII lower-case letter.
    if (((bytes[start + i] as number) | 0x20) !== letters[i]) return false;
  }
  return true;
}

/** Returns the index of the first byte that is not printable, or is a brace, which may begin a reference. */
function findTextEnd(start: number): number {
  let index = start;
  let byte = bytes[index] as number;
  while (byte >= SPACE && byte < DELETE && byte !== BRACE) byte = bytes[++index] as number;
  return index;
}
