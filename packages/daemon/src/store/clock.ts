import { readFileSync } from "node:fs";

/**
 * Two readings of time. The wall clock dates rows for people, and may jump. The monotonic one decides what is due and whose
 * lease has expired: it never jumps, and all processes of one boot read the same.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since a moment that stays fixed as long as {@link boot} does. */
  monotonic(): number;
  /** Names the fixed moment. */
  readonly boot: string;
}

/** The machine's clocks. */
export const systemClock: Clock = createSystemClock();

function createSystemClock(): Clock {
  const boot = readBootId();
  // Without a boot's name the monotonic clock cannot be shared: each process then counts on from the wall clock it met.
  const [seconds, nanoseconds] = process.hrtime();
  const origin = (boot ? seconds * 1e3 + nanoseconds / 1e6 : Date.now()) - performance.now();
  return {
    now: Date.now,
    monotonic: () => Math.floor(origin + performance.now()),
    boot: boot ?? "unknown",
  };
}

function readBootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    return undefined;
  }
}
