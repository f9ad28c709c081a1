import { setTimeout as sleep } from "node:timers/promises";
import type { FileSocketClient } from "@gvpie/file-socket";

const PAUSE_MS = 5;

/** Latencies that a client with little traffic measures while the server is idle or under load. */
export interface ProbePhase {
  readonly phase: "idle" | "loaded";
  /** Milliseconds from each request to its picture. */
  readonly latenciesMs: readonly number[];
  /** Requests without a picture. */
  readonly failed: number;
}

/** Renders a small program every few milliseconds until `isOver` returns true. */
export async function probeLatency(
  client: FileSocketClient,
  phase: ProbePhase["phase"],
  isOver: (requests: number) => boolean,
): Promise<ProbePhase> {
  const latenciesMs: number[] = [];
  let failed = 0;
  for (let requests = 0; !isOver(requests); requests++) {
    const startedAt = performance.now();
    await client.render(`TXT 1 1 ${requests}`).catch(() => failed++);
    latenciesMs.push(Math.round((performance.now() - startedAt) * 1000) / 1000);
    await sleep(PAUSE_MS);
  }
  return { phase, latenciesMs, failed };
}

/** Returns the latencies of all phases of one kind. */
export function latenciesOf(phases: readonly ProbePhase[], phase: ProbePhase["phase"]): number[] {
  return phases.filter((one) => one.phase === phase).flatMap((one) => one.latenciesMs);
}
