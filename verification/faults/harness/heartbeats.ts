import { readFileSync } from "node:fs";
import { max } from "@gvpie/testing";
import type { CleanupContext } from "./fault-case.ts";

const PERIOD_MS = 1_000;

/** Watches the heartbeat of a server. */
export interface HeartbeatWatch {
  /** Stops, and returns the times of the heartbeats in milliseconds since 1970. */
  stop(): readonly number[];
}

export function watchHeartbeats(context: CleanupContext, dir: string): HeartbeatWatch {
  const beats = new Set<number>();
  const timer = setInterval(() => {
    const beat = heartbeat(dir);
    if (beat !== undefined) beats.add(beat);
  }, 20);
  context.defer(() => clearInterval(timer));
  return {
    stop: () => {
      clearInterval(timer);
      return [...beats].sort((a, b) => a - b);
    },
  };
}

/** Returns the longest delay of a heartbeat in milliseconds. */
export function overdueMs(beats: readonly number[]): number {
  return max(beats.slice(1).map((at, index) => at - (beats[index] ?? at) - PERIOD_MS));
}

function heartbeat(dir: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(`${dir}/v1/server.json`, "utf8")) as { heartbeatAt: number }).heartbeatAt;
  } catch {
    return undefined;
  }
}
