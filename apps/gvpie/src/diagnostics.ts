import type { Diagnostic, Span } from "@gvpie/pxl-parser";
import type { RasterErrorCode, RasterWarning } from "@gvpie/raster";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";

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
): string {
  const shown = diagnostics.slice(0, MAX_SHOWN);
  const lines = sourceLines(source, new Set(shown.map(({ line }) => line)));
  const blocks = shown.map((d) => {
    const color = d.severity === "error" ? "red" : "yellow";
    const place = style("bold", `${printable(name)}:${d.line}:${d.column}:`);
    const head = `${place} ${style(color, `${d.severity}:`)} ${printable(d.message)} ${style("dim", `[${d.code}]`)}`;
    const { excerpt, pad, carets } = pointAt(lines.get(d.line) ?? "", d.column, d.length);
    const gutter = " ".repeat(String(d.line).length);
    return `${head}\n  ${d.line} | ${excerpt}\n  ${gutter} | ${pad}${style(color, carets)}\n`;
  });
  const more = diagnostics.length - shown.length;
  if (more > 0) blocks.push(`${printable(name)}: and ${more} more\n`);
  return blocks.join("");
}

/** Finds the wanted lines of the source in one scan. */
function sourceLines(source: string, wanted: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  let start = 0;
  for (let line = 1; found.size < wanted.size && start <= source.length; line += 1) {
    const newline = source.indexOf("\n", start);
    const end = newline === -1 ? source.length : newline;
    if (wanted.has(line)) found.set(line, source.slice(start, end).replace(/\r$/, ""));
    start = end + 1;
  }
  return found;
}

/** Shortens a long line around the fault, and places carets below the fault. Tabs are kept in both lines. */
function pointAt(
  line: string,
  column: number,
  length: number,
): { excerpt: string; pad: string; carets: string } {
  // A line may be megabytes long: read only what the excerpt needs.
  const characters = codePoints(line, column + MAX_EXCERPT);
  const from = column > MAX_EXCERPT - 20 ? column - MAX_EXCERPT / 2 : 0;
  const cut = characters.slice(from, from + MAX_EXCERPT);
  const before = characters.slice(from, column - 1);
  const lead = from > 0 ? "…" : "";
  const tail = characters.length > from + MAX_EXCERPT ? "…" : "";
  const width = Math.max(1, Math.min(length, cut.length - before.length));
  return {
    excerpt: lead + cut.map(cell).join("") + tail,
    pad: " ".repeat(lead.length) + before.map((c) => (c === "\t" ? "\t" : " ".repeat(cells(c)))).join(""),
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

/** Combining marks and format characters take no terminal cell; East Asian characters and emoji take two. */
const NO_CELL = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TWO_CELLS =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function cells(character: string): number {
  const shown = cell(character);
  if (shown.length > 2) return shown.length;
  if (NO_CELL.test(shown)) return 0;
  return TWO_CELLS.test(shown) ? 2 : 1;
}
