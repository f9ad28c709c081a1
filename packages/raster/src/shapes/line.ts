import { divideExactly } from "../exact.ts";
import type { Area } from "./area.ts";

/**
 * Draws the line from one pixel to another, both included: one pixel in each column if it is flat (|Δx| ≥ |Δy|), one in
 * each row if it is steep. The pixel is the one whose centre is nearest to the exact line; of two equally near ones, the
 * lower or right one. A line is therefore the same from either end.
 */
export function drawLine(area: Area, x0: number, y0: number, x1: number, y1: number, color: number): void {
  const { left, top, right, bottom } = area;
  if (Math.abs(x1 - x0) >= Math.abs(y1 - y0)) {
    const box = { from: left, end: right, minorFrom: top, minorEnd: bottom };
    drawRuns(x0, y0, x1, y1, box, (y, x, length) => area.rect(x, y, length, 1, color));
  } else {
    const box = { from: top, end: bottom, minorFrom: left, minorEnd: right };
    drawRuns(y0, x0, y1, x1, box, (x, y, length) => area.rect(x, y, 1, length, color));
  }
}

/** The area, along the longer axis of the line and across it. */
interface Box {
  readonly from: number;
  readonly end: number;
  readonly minorFrom: number;
  readonly minorEnd: number;
}

/**
 * Draws a line as runs along its longer axis, one for each step across it, and only those inside the box.
 *
 * With `i` counted from the start, `length` = Δ along and `rise` = |Δ| across, position `i` is in run
 * `⌊(2·i·rise + length − tie) / (2·length)⌋`: `i·rise / length` rounded to nearest, halves up if the line leads to
 * greater coordinates (`tie` 0), down if it leads to lesser ones (`tie` 1). Solving for `i` gives the start of a run.
 */
function drawRuns(
  start: number,
  minorStart: number,
  stop: number,
  minorStop: number,
  box: Box,
  draw: (minor: number, from: number, length: number) => void,
): void {
  if (start > stop) {
    drawRuns(stop, minorStop, start, minorStart, box, draw);
    return;
  }
  const length = stop - start;
  const rise = Math.abs(minorStop - minorStart);
  const first = Math.max(box.from - start, 0);
  const last = Math.min(box.end - 1 - start, length);
  if (first > last) return;
  if (rise === 0) {
    draw(minorStart, start + first, last - first + 1);
    return;
  }
  const isRising = minorStop > minorStart;
  const tie = isRising ? 0 : 1;
  const runOf = (i: number) => divideExactly(2 * i, rise, length - tie, 2 * length).quotient;
  const startOf = (run: number) => divideExactly(2 * run - 1, length, tie + 2 * rise - 1, 2 * rise);

  const firstInBox = isRising ? box.minorFrom - minorStart : minorStart - (box.minorEnd - 1);
  const lastInBox = isRising ? box.minorEnd - 1 - minorStart : minorStart - box.minorFrom;
  const firstRun = Math.max(runOf(first), firstInBox);
  const lastRun = Math.min(runOf(last), lastInBox);
  if (firstRun > lastRun) return;
  let from = Math.max(startOf(firstRun).quotient, first);
  let { quotient: end, remainder } = startOf(firstRun + 1);
  // Each run ends `length / rise` after the one before. Adding that up exactly is faster than dividing large numbers.
  const whole = Math.floor(length / rise);
  const part = 2 * (length % rise);
  for (let run = firstRun; run <= lastRun; run++) {
    const stop = Math.min(end, last + 1);
    draw(isRising ? minorStart + run : minorStart - run, start + from, stop - from);
    from = stop;
    end += whole;
    remainder += part;
    if (remainder >= 2 * rise) {
      remainder -= 2 * rise;
      end++;
    }
  }
}
