import { printable } from "@gvpie/app-common";
import type { Diagnostic, Span } from "@gvpie/pxl-parser";
import type { RasterErrorCode, RasterWarning } from "@gvpie/raster";
import { cellWidth } from "./cells.ts";
import type { Style } from "./style.ts";
import { joined, line, TerminalText } from "./terminal-text.ts";

/** A runtime error, at the instruction that failed. */
export interface RunDiagnostic extends Span {
  readonly severity: "error";
  readonly code: RasterErrorCode;
  readonly message: string;
}

export type AnyDiagnostic = Diagnostic | RasterWarning | RunDiagnostic;

/** Maximum number of diagnostics shown; the rest is counted. */
const MAX_SHOWN = 20;
/** Maximum number of code points of a source line shown around the fault. */
const MAX_EXCERPT = 100;

/**
 * Formats diagnostics as compilers do, each with its source line and carets below the fault:
 *
 * ```text
 * hello.pxl:2:5: error: expected x as an integer such as 12 or -3 (TXT x y text), got "ten" [PXL_NOT_AN_INTEGER]
 *   2 | TXT ten 10 hi
 *     |     ^^^
 * ```
 */
export function formatDiagnostics(
  name: string,
  source: string,
  diagnostics: readonly AnyDiagnostic[],
  style: Style,
): TerminalText {
  const shown = diagnostics.slice(0, MAX_SHOWN);
  const lines = sourceLines(source, new Set(shown.map((d) => d.line)));
  const blocks = shown.map((d) => {
    const color = d.severity === "error" ? "red" : "yellow";
    const place = style("bold", `${name}:${d.line}:${d.column}:`);
    const head = line`${place} ${style(color, `${d.severity}:`)} ${d.message} ${style("dim", `[${d.code}]`)}`;
    const { excerpt, pad, carets } = pointAt(lines.get(d.line) ?? "", d.column, d.length);
    const gutter = " ".repeat(String(d.line).length);
    return line`${head}\n  ${d.line} | ${excerpt}\n  ${gutter} | ${pad}${style(color, carets)}\n`;
  });
  const more = diagnostics.length - shown.length;
  if (more > 0) blocks.push(line`${name}: and ${more} more\n`);
  return joined(blocks);
}

/** Finds the wanted lines of the source in one scan. */
function sourceLines(source: string, wanted: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  let start = 0;
  for (let number = 1; found.size < wanted.size && start <= source.length; number += 1) {
    const newline = source.indexOf("\n", start);
    const end = newline === -1 ? source.length : newline;
    if (wanted.has(number)) found.set(number, source.slice(start, end).replace(/\r$/, ""));
    start = end + 1;
  }
  return found;
}

/** Shortens a long line around the fault, and places carets below the fault. Tabs are kept in both lines. */
function pointAt(
  text: string,
  column: number,
  length: number,
): { excerpt: TerminalText; pad: TerminalText; carets: string } {
  // A line may be megabytes long: read only what the excerpt needs.
  const characters = codePoints(text, column + MAX_EXCERPT);
  const from = column > MAX_EXCERPT - 20 ? column - MAX_EXCERPT / 2 : 0;
  const cut = characters.slice(from, from + MAX_EXCERPT);
  const before = characters.slice(from, column - 1);
  const lead = from > 0 ? "…" : "";
  const tail = characters.length > from + MAX_EXCERPT ? "…" : "";
  const width = Math.max(1, Math.min(length, cut.length - before.length));
  return {
    // Tabs are kept: the terminal aligns both lines.
    excerpt: TerminalText.trust(lead + cut.map(cell).join("") + tail),
    pad: TerminalText.trust(
      " ".repeat(lead.length) + before.map((c) => (c === "\t" ? "\t" : " ".repeat(cells(c)))).join(""),
    ),
    carets: "^".repeat(
      cut.slice(before.length, before.length + width).reduce((sum, c) => sum + cells(c), 0) || 1,
    ),
  };
}

function codePoints(text: string, limit: number): string[] {
  const result: string[] = [];
  for (const character of text) {
    if (result.length >= limit) break;
    result.push(character);
  }
  return result;
}

function cell(character: string): string {
  return character === "\t" ? "\t" : printable(character);
}

function cells(character: string): number {
  return cellWidth(cell(character));
}
