import { closeSync } from "node:fs";
import { failpoint } from "./process/failpoint.ts";
import { openForeign, readFrom, writeWhole } from "./files.ts";
import { bootId, startTicks } from "./process/identity.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Tree } from "./tree.ts";
import type { ServerLimits } from "./types.ts";

export const HEARTBEAT_MS = 1_000;
/** A server that has not shown life for so long is taken for dead. */
export const HEARTBEAT_STALE_MS = 5_000;

/** What `server.json` holds. */
export interface ServerDescriptor {
  readonly v: 1;
  /** A ULID, new with every start. */
  readonly epoch: string;
  readonly pid: number;
  /** The process's start in clock ticks since boot; "0" where unknown. */
  readonly startTicks: string;
  readonly bootId: string;
  /** Milliseconds since 1970. */
  readonly heartbeatAt: number;
  readonly limits: ServerLimits;
}

/** Replaces `server.json` again and again. */
export class Heartbeat {
  readonly #tree: Tree;
  readonly #constant: Omit<ServerDescriptor, "heartbeatAt" | "limits">;
  readonly #limits: ServerLimits;
  readonly #quarantine: Quarantine;

  constructor(tree: Tree, epoch: string, limits: ServerLimits, quarantine: Quarantine) {
    this.#tree = tree;
    this.#quarantine = quarantine;
    const { pid } = process;
    this.#constant = { v: 1, epoch, pid, startTicks: startTicks(pid) ?? "0", bootId: bootId() ?? "" };
    this.#limits = limits;
  }

  beat(heartbeatAt: number): void {
    const descriptor: ServerDescriptor = { ...this.#constant, heartbeatAt, limits: this.#limits };
    const staged = `${this.#tree.tmp}/server.${this.#constant.epoch}`;
    failpoint("file-socket/descriptor/before-write");
    writeWhole(staged, [Buffer.from(`${JSON.stringify(descriptor)}\n`)]);
    failpoint("file-socket/descriptor/after-write");
    this.#quarantine.publish(staged, this.#tree.server);
    failpoint("file-socket/descriptor/after-publish");
  }
}

/** What `server.json` says; undefined where it is missing or damaged. */
export function readDescriptor(path: string): ServerDescriptor | undefined {
  try {
    const opened = openForeign(path, 65_536);
    if (!("fd" in opened)) return undefined;
    try {
      const value = JSON.parse(readFrom(opened.fd, opened.stats.size).toString("utf8")) as ServerDescriptor;
      const isWhole = value.v === 1 && Number.isFinite(value.heartbeatAt);
      return isWhole && Number.isSafeInteger(value.limits.outstandingPerClient) ? value : undefined;
    } finally {
      closeSync(opened.fd);
    }
  } catch {
    return undefined;
  }
}
