import { readFileSync } from "node:fs";
import type { Clock } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";

/** A clock that a test moves. Apart from that it runs, or stands still. */
export class TestClock implements Clock {
  /** Added to the wall clock only. */
  jumpMs = 0;
  /** Added to both clocks. */
  passedMs = 0;
  readonly #stoppedAt: number | undefined;

  constructor(kind: "running" | "stopped" = "running") {
    // Whole milliseconds, so that a rounding error does not make a due time fall short.
    this.#stoppedAt = kind === "stopped" ? Math.floor(performance.now()) : undefined;
  }

  now(): number {
    return Date.now() + this.passedMs + this.jumpMs;
  }

  monotonic(): number {
    return (this.#stoppedAt ?? performance.now()) + this.passedMs;
  }

  /** Lets at least one second pass and waits until the server of `dir` has done the work that is due. */
  async pass(ms: number, dir: string): Promise<void> {
    const read = (): string => readFileSync(`${dir}/v1/server.json`, "utf8");
    const before = read();
    this.passedMs += ms;
    await waitUntil(() => read() !== before);
  }
}
