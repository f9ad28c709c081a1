import { bootId, type Clock as ProcessClock, systemClock as processClock } from "@gvpie/file-socket/process";

/**
 * The wall clock dates rows for people, and may jump. The monotonic clock decides due times and leases: it never jumps, and all
 * processes of one boot read the same time.
 */
export interface Clock extends ProcessClock {
  /** Identifies the origin of the monotonic clock. */
  readonly boot: string;
}

/** The clocks of this machine. */
export const systemClock: Clock = createSystemClock();

function createSystemClock(): Clock {
  const boot = bootId();
  // Without a boot id, processes cannot share the monotonic clock: each one counts on from the wall clock at its start.
  const [seconds, nanoseconds] = process.hrtime();
  const origin = (boot ? seconds * 1e3 + nanoseconds / 1e6 : processClock.now()) - processClock.monotonic();
  return {
    now: processClock.now,
    monotonic: () => Math.floor(origin + processClock.monotonic()),
    boot: boot ?? "unknown",
  };
}
