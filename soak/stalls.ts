import type { Span } from "./tally.ts";

const EVERY_MS = 100;
/** A timer that is later than this was not late by itself: the machine had no time for anybody. */
const LATE_MS = 400;

/** Notices when the machine has no time: then who waits by the clock waits in vain. */
export class Stalls implements Disposable {
  readonly spans: Span[] = [];
  #last = Date.now();
  readonly #timer = setInterval(() => this.#look(), EVERY_MS);

  #look(): void {
    const now = Date.now();
    if (now - this.#last > EVERY_MS + LATE_MS) this.spans.push({ from: this.#last, to: now });
    this.#last = now;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
