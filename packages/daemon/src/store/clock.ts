import { readFileSync } from "node:fs";

/**
 * The wall clock dates rows for people, and may jump. The monotonic clock decides due times and leases: it never jumps, and all
 * processes of one boot read the same time.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an origin that is fixed for each {@link boot}. */
  monotonic(): number;
  /** Identifies the origin. */
  readonly boot: string;
}

/** The machine's clocks. */
export const systemClock: Clock = createSystemClock();

function createSystemClock(): Clock {
  const boot = readBootId();
  // Without a boot id, processes cannot share the monotonic clock: each one counts on from the wall clock at its start.
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
