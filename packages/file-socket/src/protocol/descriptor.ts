import type { ServerAbout, ServerLimits } from "../types.ts";

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
  /** Absent if the server does not describe itself. For information. */
  readonly about?: ServerAbout;
}

const ABOUT_KEYS = ["version", "host", "startedAt", "backend", "adapter"] as const;
/** UTF-16 code units of a text in `about`. */
const MAX_ABOUT_TEXT = 256;

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

/** Returns the texts of `about`, each cut at 256 UTF-16 code units. Undefined if one is missing. */
export function aboutOf(value: unknown): ServerAbout | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const texts = ABOUT_KEYS.map((key) => (value as Readonly<Record<string, unknown>>)[key]);
  if (!texts.every((text) => typeof text === "string")) return undefined;
  const [version = "", host = "", startedAt = "", backend = "", adapter = ""] = texts.map((text) =>
    text.slice(0, MAX_ABOUT_TEXT),
  );
  return { version, host, startedAt, backend, adapter };
}
