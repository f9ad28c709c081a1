import { stripVTControlCharacters } from "node:util";
import { cellWidth } from "./cells.ts";
import { print, printJsonLine } from "./output.ts";
import { listenForStop } from "./stop-keys.ts";
import { line, TerminalText } from "./terminal-text.ts";

const PERIOD_MS = 1_000;
/** Switches to the other screen of a terminal, and hides the cursor. */
const ENTER = "\u001b[?1049h\u001b[?25l";
/** Shows the cursor, and switches back. */
const LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const TO_LINE_END = "\u001b[K";
const TO_SCREEN_END = "\u001b[J";

/** A report that is printed again and again. */
export interface Watched {
  /** Its lines, for people. */
  lines(): Promise<readonly TerminalText[]>;
  /** Its value, if it is printed as JSON. */
  readonly value?: () => Promise<unknown>;
}

/**
 * Prints a report every second until q, Ctrl-C or a signal: lines on a terminal in place, elsewhere one report after the other with
 * an empty line between them; a value as one line of JSON.
 */
export async function watch({ lines, value }: Watched): Promise<void> {
  const isInPlace = value === undefined && process.stdout.isTTY;
  const stop = listenForStop();
  // Every way out restores the terminal, an unexpected one too.
  const leave = (): void => print(TerminalText.trust(LEAVE));
  if (isInPlace) process.once("exit", leave);
  try {
    if (isInPlace) print(TerminalText.trust(ENTER));
    let dueAt = performance.now();
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      if (value !== undefined) {
        printJsonLine(await value());
      } else if (isInPlace) {
        print(screenOf(await lines()));
      } else {
        if (!isFirst) print("\n");
        for (const text of await lines()) print(line`${text}\n`);
      }
      dueAt = Math.max(dueAt + PERIOD_MS, performance.now());
      await stop.sleep(dueAt - performance.now());
    }
  } finally {
    stop.close();
    if (isInPlace) {
      process.removeListener("exit", leave);
      leave();
    }
  }
}

/** Returns what draws the lines over those before them, as many as fit on the screen. */
function screenOf(lines: readonly TerminalText[]): TerminalText {
  const { rows, columns } = process.stdout;
  const shown: string[] = [];
  let left = rows > 0 ? rows - 1 : Infinity;
  for (const { text } of lines) {
    const width = cellWidth(stripVTControlCharacters(text));
    left -= columns > 0 ? Math.max(1, Math.ceil(width / columns)) : 1;
    if (left < 0) break;
    shown.push(text);
  }
  return TerminalText.trust(
    `${HOME}${shown.map((text) => `${text}${TO_LINE_END}\n`).join("")}${TO_SCREEN_END}`,
  );
}
