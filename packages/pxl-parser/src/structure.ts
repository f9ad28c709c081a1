import { PROGRAM_BOUNDS } from "./bounds.ts";
import {
  BYTE_ORDER_MARK,
  countCodePoints,
  findLineEnd,
  findNextLine,
  findWordEnd,
  skipBlanks,
  trimBlanks,
} from "./characters.ts";
import type { PxlErrorCode } from "./errors.ts";
import { findRelation, isIs, readSide } from "./comparison.ts";
import { ExpressionReader, type Names, type Range } from "./expressions.ts";
import { LineColumns } from "./line-columns.ts";
import { matchOpcode } from "./match-opcode.ts";
import { isName, readLabel } from "./names.ts";
import type { Span } from "./span.ts";

/** Greatest nesting of blocks. */
const MAX_BLOCKS = 64;
const { arguments: MAX_ARGUMENTS, locals: MAX_LOCALS } = PROGRAM_BOUNDS;

/** The kind of a name outside procedures. */
export type NameKind = "parameter" | "variable" | "array";

/** A procedure, from its `DEF` to its `END`. */
export interface Procedure {
  readonly name: string;
  /** Line of its `DEF`. */
  readonly line: number;
  /** Line of its `END`; Infinity if it has none. */
  endLine: number;
  readonly args: readonly string[];
  /** Its local variables, arguments included, as they are written. */
  readonly locals: Set<string>;
  /** Lines of its `FOR`s. */
  readonly loops: number[];
}

/** A fault that is known only when the lines after it are read. */
export interface LateFinding {
  readonly code: PxlErrorCode;
  readonly span: Span;
  readonly message: () => string;
}

/** The names and blocks of a whole source. */
export interface Structure {
  /** By name, as the first line declares it that is not in a procedure. */
  readonly names: ReadonlyMap<string, NameKind>;
  /** In source order. */
  readonly procedures: readonly Procedure[];
  readonly procedureByName: ReadonlyMap<string, Procedure>;
  readonly hasBlocks: boolean;
  /** In source order. */
  readonly findings: readonly LateFinding[];
}

type Opener = "FOR" | "IF" | "ELSE" | "DEF";

interface Block {
  readonly opener: Opener;
  readonly span: Span;
  /** True if it is not reported again where its end is missing. */
  readonly isReported: boolean;
  readonly id: number;
  readonly procedure: Procedure | undefined;
}

interface Jump {
  readonly isCall: boolean;
  readonly label: string;
  readonly block: number;
  readonly span: Span;
}

/** Used where only the end of an expression is wanted. */
const NO_NAMES: Names = { valueOf: () => 0, arrayOf: (name) => name, report: () => undefined };

/** Reads the declarations, blocks, labels and jumps of a source, and nothing else. Takes time linear in its length. */
export function readStructure(source: string): Structure {
  return new StructureReader(source).read();
}

class StructureReader {
  readonly #source: string;
  readonly #names = new Map<string, NameKind>();
  readonly #procedures: Procedure[] = [];
  readonly #procedureByName = new Map<string, Procedure>();
  /** The block of each label. */
  readonly #labels = new Map<string, number>();
  readonly #jumps: Jump[] = [];
  readonly #findings: LateFinding[] = [];
  readonly #stack: Block[] = [];
  /** Number of blocks on the stack by the opcode that closes them. */
  readonly #open = { NEXT: 0, END: 0 };
  /** The last block inside each block; blocks are numbered in source order, and block 0 is the program. */
  readonly #lasts: number[] = [Infinity];
  #hasBlocks = false;
  #line = 0;
  #lineStart = 0;
  #lineEnd = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Structure {
    const source = this.#source;
    let position = source.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
    for (this.#line = 1; position < source.length; this.#line++) {
      const lineEnd = findLineEnd(source, position);
      this.#lineStart = position;
      const start = Math.min(skipBlanks(source, position), lineEnd);
      this.#lineEnd = trimBlanks(source, start, lineEnd);
      if (start < this.#lineEnd) this.#readLine(start);
      position = findNextLine(source, lineEnd);
    }
    for (const { opener, span, isReported } of this.#stack) {
      if (isReported) continue;
      const closer = opener === "FOR" ? "NEXT" : "END";
      const message = (): string => `expected ${closer} for this ${opener}, got the end of the program`;
      this.#findings.push({ code: "PXL_UNCLOSED_BLOCK", span, message });
    }
    this.#checkJumps();
    this.#finishProcedures();
    this.#findings.sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column);
    return {
      names: this.#names,
      procedures: this.#procedures,
      procedureByName: this.#procedureByName,
      hasBlocks: this.#hasBlocks,
      findings: this.#findings,
    };
  }

  #readLine(start: number): void {
    const source = this.#source;
    const label = readLabel(source, start, this.#lineEnd);
    if (label !== undefined) {
      if (!this.#labels.has(label.name)) this.#labels.set(label.name, this.#block);
      return;
    }
    const entry = matchOpcode(source, start);
    if (entry === undefined) return;
    const opcode = { start, end: start + entry.name.length };
    const operands = opcode.end;
    switch (entry.name) {
      case "PARAM":
      case "INT":
        this.#checkTopLevel(opcode, entry.name);
        this.#declare(this.#word(operands), "parameter");
        break;
      case "LIST":
      case "ARRAY":
        this.#checkTopLevel(opcode, entry.name);
        this.#declare(this.#word(operands), "array");
        break;
      case "CANVAS":
      case "FRAMES":
        this.#checkTopLevel(opcode, entry.name);
        break;
      case "SET":
        this.#set(this.#word(operands), false);
        break;
      case "FOR":
        this.#openBlock("FOR", opcode);
        this.#set(this.#word(operands), true);
        this.#procedure?.loops.push(this.#line);
        break;
      case "IF": {
        const { label, isFaulty } = this.#findIfLabel(operands);
        if (label === undefined) {
          this.#openBlock("IF", opcode, undefined, isFaulty);
        } else {
          this.#jump(label, false);
        }
        break;
      }
      case "JMP":
      case "CALL":
        this.#jump(this.#word(operands), entry.name === "CALL");
        break;
      case "ELSE":
        this.#else(opcode);
        break;
      case "NEXT":
      case "END":
        this.#close(entry.name, opcode);
        break;
      case "DEF":
        this.#checkTopLevel(opcode, entry.name);
        this.#define(opcode, operands);
        break;
      default:
    }
  }

  get #block(): number {
    return this.#stack.at(-1)?.id ?? 0;
  }

  get #procedure(): Procedure | undefined {
    return this.#stack[0]?.procedure;
  }

  #text({ start, end }: Range): string {
    return this.#source.slice(start, end);
  }

  #word(from: number): Range {
    const start = Math.min(skipBlanks(this.#source, from), this.#lineEnd);
    return { start, end: findWordEnd(this.#source, start, this.#lineEnd) };
  }

  #span({ start, end }: Range): Span {
    const column = countCodePoints(this.#source, this.#lineStart, start) + 1;
    return { line: this.#line, column, length: countCodePoints(this.#source, start, end) };
  }

  #declare(word: Range, kind: NameKind): void {
    const name = this.#text(word);
    if (isName(name) && !this.#names.has(name)) this.#names.set(name, kind);
  }

  #set(word: Range, isLoop: boolean): void {
    const procedure = this.#procedure;
    if (procedure === undefined) {
      this.#declare(word, "variable");
      return;
    }
    const name = this.#text(word);
    if (!isName(name)) return;
    if (isLoop) {
      procedure.locals.add(name);
    } else {
      this.#setInside(procedure, name);
    }
  }

  /** Names that a SET in a procedure sets; local unless a line outside declares them. */
  readonly #setNames = new Map<Procedure, Set<string>>();

  #setInside(procedure: Procedure, name: string): void {
    const names = this.#setNames.get(procedure);
    if (names === undefined) {
      this.#setNames.set(procedure, new Set([name]));
    } else {
      names.add(name);
    }
  }

  #checkTopLevel(opcode: Range, name: string): void {
    const open = this.#stack.at(-1);
    if (open === undefined) return;
    const message = (): string =>
      `expected ${name} outside all blocks, got it in the ${open.opener} of line ${open.span.line}`;
    this.#findings.push({ code: "PXL_NOT_AT_TOP_LEVEL", span: this.#span(opcode), message });
  }

  #openBlock(opener: "FOR" | "IF" | "DEF", opcode: Range, procedure?: Procedure, isFaulty = false): void {
    this.#hasBlocks = true;
    this.#open[opener === "FOR" ? "NEXT" : "END"]++;
    const isTooDeep = this.#stack.length >= MAX_BLOCKS;
    const span = this.#span(opcode);
    if (isTooDeep) {
      const message = (): string => `expected at most ${MAX_BLOCKS} blocks in each other, got one more`;
      this.#findings.push({ code: "PXL_TOO_DEEP", span, message });
    }
    this.#push({ opener, span, isReported: isTooDeep || isFaulty, procedure });
  }

  #push(block: Omit<Block, "id">): void {
    const id = this.#lasts.push(Infinity) - 1;
    this.#stack.push({ ...block, id });
  }

  #else(opcode: Range): void {
    this.#hasBlocks = true;
    const open = this.#stack.at(-1);
    if (open?.opener !== "IF") {
      this.#noBlock("ELSE", opcode, open);
      return;
    }
    this.#stack.pop();
    this.#endBlock(open);
    this.#push({ ...open, opener: "ELSE" });
  }

  #close(closer: "NEXT" | "END", opcode: Range): void {
    this.#hasBlocks = true;
    const open = this.#stack.at(-1);
    if (open === undefined || closerOf(open) !== closer) this.#noBlock(closer, opcode, open);
    // Blocks without an end inside the one that this closes are closed too, so that one mistake is one error.
    if (this.#open[closer] === 0) return;
    for (let block = this.#stack.pop(); block !== undefined; block = this.#stack.pop()) {
      this.#open[closerOf(block)]--;
      this.#endBlock(block);
      if (block.procedure !== undefined && this.#stack.length === 0) block.procedure.endLine = this.#line;
      if (closerOf(block) === closer) return;
    }
  }

  #endBlock({ id }: Block): void {
    this.#lasts[id] = this.#lasts.length - 1;
  }

  #noBlock(found: string, opcode: Range, open: Block | undefined): void {
    const message = (): string => {
      if (open !== undefined) {
        const wanted = open.opener === "IF" ? "ELSE or END" : closerOf(open);
        return `expected ${wanted} for the ${open.opener} of line ${open.span.line}, got ${found}`;
      }
      const wanted = { NEXT: "FOR", ELSE: "IF without a label", END: "IF without a label, or a DEF" }[found];
      return `expected ${found} after an open ${wanted}, got it without one`;
    };
    this.#findings.push({ code: "PXL_NO_BLOCK", span: this.#span(opcode), message });
  }

  #define(opcode: Range, operands: number): void {
    const word = this.#word(operands);
    const name = this.#text(word);
    const args: string[] = [];
    for (
      let at = this.#word(word.end);
      at.end > at.start && args.length < MAX_ARGUMENTS;
      at = this.#word(at.end)
    ) {
      const arg = this.#text(at);
      if (isName(arg)) args.push(arg);
    }
    const isOutside = this.#stack.length === 0;
    const locals = new Set(args);
    const procedure = { name, line: this.#line, endLine: Infinity, args, locals, loops: [] };
    this.#openBlock("DEF", opcode, isOutside ? procedure : undefined);
    if (!isOutside) return;
    this.#procedures.push(procedure);
    this.#nameSpans.push(this.#span(word));
    if (isName(name) && !this.#procedureByName.has(name)) this.#procedureByName.set(name, procedure);
  }

  /** The place of the name of each procedure. */
  readonly #nameSpans: Span[] = [];

  #finishProcedures(): void {
    for (const [i, procedure] of this.#procedures.entries()) {
      for (const name of this.#setNames.get(procedure) ?? []) {
        if (!this.#names.has(name)) procedure.locals.add(name);
      }
      const count = procedure.locals.size + 2 * procedure.loops.length;
      const span = this.#nameSpans[i];
      if (count <= MAX_LOCALS || span === undefined) continue;
      const message = (): string =>
        `expected at most ${MAX_LOCALS} local variables, two for each FOR included, got ${count}`;
      this.#findings.push({ code: "PXL_TOO_MANY_LOCALS", span, message });
    }
  }

  #jump(word: Range, isCall: boolean): void {
    const label = this.#text(word);
    if (isName(label)) this.#jumps.push({ isCall, label, block: this.#block, span: this.#span(word) });
  }

  /** Returns the word after the comparison of an IF, `undefined` if there is none. */
  #findIfLabel(from: number): { readonly label: Range | undefined; readonly isFaulty: boolean } {
    const source = this.#source;
    const lineEnd = this.#lineEnd;
    const columns = new LineColumns(source, this.#line, this.#lineStart, lineEnd);
    const reader = new ExpressionReader(source, lineEnd, columns, NO_NAMES);
    const left = readSide(reader, source, skipBlanks(source, from), lineEnd, true);
    const relation = findRelation(source, left.end, lineEnd);
    const start = Math.min(skipBlanks(source, relation.end), lineEnd);
    const right = isIs(source, relation)
      ? { end: findWordEnd(source, start, lineEnd) }
      : readSide(reader, source, start, lineEnd, false);
    const word = this.#word(right.end);
    return { label: word.start === word.end ? undefined : word, isFaulty: start >= lineEnd };
  }

  #checkJumps(): void {
    if (!this.#hasBlocks) return;
    for (const { isCall, label, block, span } of this.#jumps) {
      const target = this.#labels.get(label);
      if (target === undefined || target === block) continue;
      const isOutside = target < block && block <= (this.#lasts[target] ?? 0);
      if (!isOutside) {
        const message = (): string =>
          `expected a label in the same block or, for CALL, in one around it, got ${label} in another block`;
        this.#findings.push({ code: "PXL_JUMP_INTO_BLOCK", span, message });
      } else if (!isCall) {
        const message = (): string =>
          `expected a label in the same block, got ${label} outside it; only CALL and RET leave a block`;
        this.#findings.push({ code: "PXL_JUMP_OUT_OF_BLOCK", span, message });
      }
    }
  }
}

function closerOf({ opener }: Block): "NEXT" | "END" {
  return opener === "FOR" ? "NEXT" : "END";
}
