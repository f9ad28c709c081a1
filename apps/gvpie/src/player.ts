import type { Frame } from "@gvpie/raster";
import { listenForStop } from "./stop-keys.ts";
import { print } from "./output.ts";
import { drawPicture } from "./picture.ts";
import { detectTerminal } from "./terminal.ts";
import { TerminalText } from "./terminal-text.ts";

/** Switches to the other screen of a terminal, and hides the cursor. */
const ENTER = "\u001b[?1049h\u001b[?25l";
/** Shows the cursor, and switches back. */
const LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
/** Deletes the rest of a line. */
const TO_LINE_END = "\u001b[K";
const TO_SCREEN_END = "\u001b[J";

/** Milliseconds behind time after which later frames are shown at their own pace. */
const MAX_LAG_MS = 1_000;

/** A frame and the milliseconds that it is shown. */
export interface TimedFrame {
  readonly frame: Frame;
  readonly delayMs: number;
}

/** An animation of at least one frame. */
export interface Animation {
  /** Begins it anew. */
  open(): AsyncIterable<TimedFrame>;
  /** Number of times that it is played; may be `Infinity`. */
  readonly plays: number;
}

/**
 * Plays an animation on the other screen of the terminal until a person presses q or Ctrl-C, a signal arrives, or it has been
 * played `loops` times. Then the terminal is as before, and shows the last frame.
 *
 * @param loops default: as often as the animation says.
 * @returns the exit code: 128 and the number of the signal that ended it, else 0.
 */
export async function play({ open, plays }: Animation, loops: number = plays): Promise<number> {
  const stop = listenForStop();
  let last: Frame | undefined;
  // Every way out restores the terminal, an unexpected one too.
  const leave = (): void => print(TerminalText.trust(LEAVE));
  process.once("exit", leave);
  try {
    print(TerminalText.trust(ENTER));
    let dueAt = performance.now();
    let shown = "";
    for (let loop = 0; loop < loops && !stop.signal.aborted; loop += 1) {
      for await (const { frame, delayMs } of open()) {
        if (stop.signal.aborted) break;
        last = frame;
        const text = screenOf(frame);
        if (text !== shown) print(TerminalText.trust(text));
        shown = text;
        dueAt = Math.max(dueAt + delayMs, performance.now() - MAX_LAG_MS);
        await stop.sleep(dueAt - performance.now());
      }
    }
  } finally {
    process.removeListener("exit", leave);
    stop.close();
    leave();
  }
  const terminal = detectTerminal(process.env, process.stdout);
  if (last !== undefined) print(TerminalText.trust(drawPicture(last, terminal)));
  return stop.exitCode;
}

/** Returns what draws a frame over the one before it, cut to the lines of the screen. */
function screenOf(frame: Frame): string {
  const picture = drawPicture(frame, detectTerminal(process.env, process.stdout));
  const { rows } = process.stdout;
  const lines = picture
    .trimEnd()
    .split("\n")
    .slice(0, rows > 0 ? rows : undefined);
  return `${HOME}${lines.join(`${TO_LINE_END}\n`)}${TO_LINE_END}${TO_SCREEN_END}`;
}
