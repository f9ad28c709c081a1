import type { Clock } from "@gvpie/daemon/store";

/** A clock that only moves when the test moves it. */
export class TestClock implements Clock {
  wall: number = Date.parse("2026-01-01T00:00:00Z");
  ticks = 1_000_000;
  boot = "test boot";
  readonly now = (): number => this.wall;
  readonly monotonic = (): number => this.ticks;

  advance(ms: number): void {
    this.wall += ms;
    this.ticks += ms;
  }
}
