import type { Clock } from "../process/clock.ts";
import type { ServerEvent } from "../types.ts";

/** Events of each limited type that are passed on in one window; the others are counted. */
const BURST = 10;
const WINDOW_MS = 60_000;
/** Events of which one client can cause any number. */
const LIMITED: ReadonlySet<ServerEvent["type"]> = new Set(["quarantined", "stuck", "purged", "requeued"]);

interface Window {
  readonly startedAt: number;
  count: number;
  /** The first event that was not passed on. */
  next: ServerEvent | undefined;
}

/** Passes events on to the operator's log, at most 10 a minute of a type of which one client can cause any number. */
export class Reports {
  readonly #pass: (event: ServerEvent) => void;
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(pass: (event: ServerEvent) => void, clock: Clock) {
    this.#pass = pass;
    this.#clock = clock;
  }

  readonly emit = (event: ServerEvent): void => {
    if (!LIMITED.has(event.type)) return this.#pass(event);
    const found = this.#windows.get(event.type);
    const window = found ?? { startedAt: this.#clock.monotonic(), count: 0, next: undefined };
    this.#windows.set(event.type, window);
    if (++window.count <= BURST) return this.#pass(event);
    window.next ??= event;
  };

  /** Reports the events that were counted, once a minute. */
  flush(): void {
    for (const [type, { startedAt, count, next }] of this.#windows) {
      if (this.#clock.monotonic() - startedAt < WINDOW_MS) continue;
      this.#windows.delete(type);
      if (next === undefined) continue;
      const more = count - BURST;
      const message = `${more} more within ${WINDOW_MS / 1000} s, the first: ${next.message}`;
      this.#pass({ ...next, message, fields: { ...next.fields, count: more } });
    }
  }
}
