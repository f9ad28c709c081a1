import { readFileSync } from "node:fs";
import type { Clock } from "@gvpie/file-socket";
import { until } from "./until.ts";

/** A clock to be moved by hand: it runs by itself as well, or stands still. */
export class TestClock implements Clock {
  /** Added to the wall clock alone. */
  jumpMs = 0;
  /** Added to both clocks. */
  passedMs = 0;
  readonly #stoppedAt: number | undefined;

  constructor(kind: "running" | "stopped" = "running") {
    // Whole milliseconds: with a fraction, what is exactly due may fall short of it by a rounding error.
    this.#stoppedAt = kind === "stopped" ? Math.floor(performance.now()) : undefined;
  }

  now(): number {
    return Date.now() + this.passedMs + this.jumpMs;
  }

  monotonic(): number {
    return (this.#stoppedAt ?? performance.now()) + this.passedMs;
  }

  /** Let time pass, a second or more, and wait until the server of `dir` has done what is due then. */
  async pass(ms: number, dir: string): Promise<void> {
    const read = (): string => readFileSync(`${dir}/v1/server.json`, "utf8");
    const before = read();
    this.passedMs += ms;
    await until(() => read() !== before);
  }
}
