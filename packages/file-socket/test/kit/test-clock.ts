import type { Clock } from "@gvpie/file-socket";

/** A clock to be moved by hand. */
export class TestClock implements Clock {
  /** Added to the wall clock alone. */
  jumpMs = 0;
  /** Added to both clocks. */
  passedMs = 0;

  wall(): number {
    return Date.now() + this.passedMs + this.jumpMs;
  }

  monotonic(): number {
    return performance.now() + this.passedMs;
  }
}
