import type { Worker } from "@gvpie/daemon/store";

/**
 * `running`: it reports. `silent`: it has not reported for too long. `gone`: its process does not exist any more, or the machine
 * has been started anew. `ended`: it has shut down gracefully. `replaced`: another one has started since.
 */
export type DaemonState = "running" | "silent" | "gone" | "ended" | "replaced";

/** A process that runs scripts, or did. */
export interface Daemon {
  readonly state: DaemonState;
  readonly worker: Worker;
}

/** Facts about this machine. */
export interface Here {
  readonly host: string;
  isProcess(pid: number): boolean;
  /** Milliseconds without a heartbeat after which a daemon does not count as running. */
  readonly maxAgeMs: number;
}

/**
 * Milliseconds after which a heartbeat is late: a daemon reports every 15 s. Earlier, a missing process proves nothing, because
 * a daemon in a container has process ids of its own.
 */
const LATE_MS = 20_000;
/** Returns the daemons with their states, in the given order. */
export function daemonsOf(workers: readonly Worker[], here: Here): Daemon[] {
  return workers.map((worker) => ({ worker, state: stateOf(worker, workers, here) }));
}

function stateOf(worker: Worker, workers: readonly Worker[], here: Here): DaemonState {
  const { host, pid, ageMs, seenAt, stoppedAt } = worker;
  const isGone = ageMs === undefined || (ageMs > LATE_MS && host === here.host && !here.isProcess(pid));
  if (stoppedAt === undefined && !isGone && ageMs <= here.maxAgeMs) return "running";
  if (workers.some((other) => other !== worker && other.startedAt > seenAt)) return "replaced";
  if (stoppedAt !== undefined) return "ended";
  return isGone ? "gone" : "silent";
}

export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
