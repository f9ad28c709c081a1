import type { Span } from "./tally.ts";

const INTERVAL_MS = 100;
/** A timer that is later than this shows that the machine was overloaded. */
const LATE_MS = 400;

/** Records the times at which the machine was overloaded: a client with a timeout may then time out. */
export class StallMonitor implements Disposable {
  readonly spans: Span[] = [];
  #last = Date.now();
  readonly #timer = setInterval(() => this.#check(), INTERVAL_MS);

  #check(): void {
    const now = Date.now();
    if (now - this.#last > INTERVAL_MS + LATE_MS) this.spans.push({ from: this.#last, to: now });
    this.#last = now;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
