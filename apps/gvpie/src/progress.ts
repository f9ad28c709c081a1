import { formatSpan } from "@gvpie/app-common";
import { hideBeforeOutput } from "./output.ts";

/** Milliseconds before the line first appears, and between two redraws. */
const DELAY_MS = 1_000;
const REDRAW_MS = 200;

/** Progress of one step of a long operation. */
export interface ProgressState {
  /** The step, such as `copying`. */
  readonly label: string;
  readonly done: number;
  /** Undefined if it is not known. */
  readonly total?: number | undefined;
  /** Unit of the two numbers, such as `files`. Bytes are shown in MiB. */
  readonly unit: string;
  /** True to draw at once, because the step does not report again for long. */
  readonly isLong?: boolean;
}

/** A line that shows the progress of a long operation. */
export interface ProgressLine extends Disposable {
  /** True if there is a terminal to draw on. */
  readonly isTerminal: boolean;
  readonly update: (state: ProgressState) => void;
}

/** A place to draw the line, and a monotonic clock in milliseconds. */
interface Place {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly now: () => number;
}

/**
 * Shows progress on the terminal of stderr, from the second second on; nothing if stderr is not a terminal. Other output appears
 * above the line. Disposing of it clears the line.
 */
export function startProgress(place: Place = standardError()): ProgressLine {
  const startedAt = place.now();
  let step = { label: "", startedAt };
  let drawnAt = startedAt + DELAY_MS - REDRAW_MS;
  let isShown = false;
  const hide = (): void => {
    if (isShown) place.write("\r\u001b[K");
    // The next report draws it again at once.
    if (isShown) drawnAt = -Infinity;
    isShown = false;
  };
  if (place.isTerminal) hideBeforeOutput(hide);
  return {
    isTerminal: place.isTerminal,
    update(state) {
      if (!place.isTerminal) return;
      const now = place.now();
      if (state.label !== step.label) step = { label: state.label, startedAt: now };
      const isDue = now - drawnAt >= REDRAW_MS || (state.isLong === true && now - startedAt >= DELAY_MS);
      if (!isDue) return;
      drawnAt = now;
      isShown = true;
      place.write(`\r${formatProgress(state, now - step.startedAt)}\u001b[K`);
    },
    [Symbol.dispose]: hide,
  };
}

/** Returns the count, the rate and the time that is left, as one line. */
export function formatProgress({ label, done, total, unit }: ProgressState, elapsedMs: number): string {
  const scale = unit === "bytes" ? 2 ** 20 : 1;
  const shown = (count: number): string => (count / scale).toFixed(scale > 1 && count < 10 * scale ? 1 : 0);
  const name = unit === "bytes" ? "MiB" : unit;
  if (done === 0) return total === undefined ? `${label}…` : `${label} ${shown(total)} ${name}…`;
  const count = total === undefined ? shown(done) : `${shown(done)} of ${shown(total)}`;
  const perSecond = (done * 1_000) / Math.max(1, elapsedMs);
  const left = total === undefined ? "" : `, ${formatSpan(((total - done) / perSecond) * 1_000)} left`;
  return `${label}: ${count} ${name}, ${shown(perSecond)} ${name}/s${left}`;
}

function standardError(): Place {
  return {
    isTerminal: process.stderr.isTTY === true,
    write: (text) => {
      try {
        process.stderr.write(text);
      } catch {
        // The reader closed stderr.
      }
    },
    now: () => performance.now(),
  };
}
