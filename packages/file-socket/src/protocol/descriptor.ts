import type { ServerLimits } from "../types.ts";

/** Milliseconds between two heartbeats of a server. */
export const HEARTBEAT_MS = 1_000;
/** Milliseconds without a heartbeat after which clients consider a server dead. */
export const HEARTBEAT_STALE_MS = 5_000;

/** The content of `server.json`. */
export interface ServerDescriptor {
  readonly v: 1;
  /** A ULID, new with every start. */
  readonly epoch: string;
  readonly pid: number;
  /** The start time of the process in clock ticks since boot; "0" if unknown. */
  readonly startTicks: string;
  /** Empty if unknown. */
  readonly bootId: string;
  /** Milliseconds since 1970. */
  readonly heartbeatAt: number;
  /** Absent if the server does not check capabilities. For information: a client trusts its capability alone. */
  readonly capabilities?: "accept" | "require";
  readonly limits: ServerLimits;
}

/** Parses `server.json`. Returns undefined if it is damaged. */
export function parseDescriptor(json: string): ServerDescriptor | undefined {
  try {
    const value = JSON.parse(json) as ServerDescriptor;
    const isValid = value.v === 1 && Number.isFinite(value.heartbeatAt);
    return isValid && Number.isSafeInteger(value.limits.outstandingPerClient) ? value : undefined;
  } catch {
    return undefined;
  }
}
