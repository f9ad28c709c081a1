/** Receives a half-open rectangle. */
type OnBox = (left: number, top: number, right: number, bottom: number, color: number) => void;

/**
 * Collects the runs of a shape row by row. A run that is the same in consecutive rows becomes one rectangle.
 *
 * The caller adds the runs of a row from left to right and then ends the row; the rows come from top to bottom.
 */
export class RowMerger {
  readonly #onBox: OnBox;
  /** Left, right, colour and first row of each run of the row before. */
  #open: number[] = [];
  /** The same of the present row. */
  #current: number[] = [];
  /** The row below the row before. */
  #bottom = 0;

  constructor(onBox: OnBox) {
    this.#onBox = onBox;
  }

  /** Adds a run of the present row: from `left` to `right`, exclusive. It is not empty. */
  add(left: number, right: number, color: number): void {
    this.#current.push(left, right, color, 0);
  }

  /** Ends the present row, which is `top` to `bottom`, exclusive. */
  endRow(top: number, bottom: number): void {
    if (top !== this.#bottom) this.finish();
    const open = this.#open;
    const current = this.#current;
    let at = 0;
    for (let i = 0; i < current.length; i += 4) {
      const left = current[i] as number;
      for (; at < open.length && (open[at] as number) < left; at += 4) this.#close(at);
      const isSame = open[at] === left && open[at + 1] === current[i + 1] && open[at + 2] === current[i + 2];
      current[i + 3] = isSame ? (open[at + 3] as number) : top;
      if (isSame) at += 4;
    }
    for (; at < open.length; at += 4) this.#close(at);
    open.length = 0;
    this.#open = current;
    this.#current = open;
    this.#bottom = bottom;
  }

  /** Completes the rectangles of the last row. */
  finish(): void {
    for (let at = 0; at < this.#open.length; at += 4) this.#close(at);
    this.#open.length = 0;
  }

  #close(at: number): void {
    const open = this.#open;
    this.#onBox(
      open[at] as number,
      open[at + 3] as number,
      open[at + 1] as number,
      this.#bottom,
      open[at + 2] as number,
    );
  }
}
