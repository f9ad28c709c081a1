import { cellWidth } from "./cells.ts";
import { safe, TerminalText, type Part } from "./terminal-text.ts";

/** Aligns rows in columns, each as wide as its widest cell. Each cell is escaped as one line. */
export function formatTable(rows: readonly (readonly Part[])[]): TerminalText {
  const widths: number[] = [];
  const cells = rows.map((row) => row.map(safe));
  for (const row of cells) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cellWidth(cell));
  }
  return TerminalText.trust(
    cells
      .map((row) =>
        row
          .map((cell, i) =>
            i === row.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - cellWidth(cell)),
          )
          .join("  ")
          .trimEnd(),
      )
      .map((text) => `${text}\n`)
      .join(""),
  );
}
