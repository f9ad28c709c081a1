import { setTimeout as sleep } from "node:timers/promises";
import type { FileSocketClient } from "@gvpie/file-socket";

const REST_MS = 5;

/** What a client that asks now and then sees of a server. */
export interface QuietPhase {
  readonly phase: "idle" | "loaded";
  /** Milliseconds from request to picture, one by one. */
  readonly latenciesMs: readonly number[];
  /** Requests without a picture. */
  readonly failed: number;
}

/** Render a small program every few milliseconds until told to stop. */
export async function askQuietly(
  client: FileSocketClient,
  phase: QuietPhase["phase"],
  isOver: (asked: number) => boolean,
): Promise<QuietPhase> {
  const latenciesMs: number[] = [];
  let failed = 0;
  for (let asked = 0; !isOver(asked); asked++) {
    const startedAt = performance.now();
    await client.render(`TXT 1 1 ${asked}`).catch(() => failed++);
    latenciesMs.push(Math.round((performance.now() - startedAt) * 1000) / 1000);
    await sleep(REST_MS);
  }
  return { phase, latenciesMs, failed };
}
