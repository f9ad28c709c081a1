import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { errnoOf } from "./errors.ts";

/** How often a client touches its directory. */
export const LEASE_TOUCH_MS = 5_000;
/** After how much silence a client's directory is removed. */
export const LEASE_MS = 30_000;
/** The same where its process is gone: two touches missed, so a client of another container is not mistaken. */
export const LEASE_GONE_MS = 12_000;

/** A name for a client of this process. */
export function newClientName(): string {
  return `${process.pid}-${startTicks(process.pid) ?? "0"}-${randomBytes(6).toString("hex")}`;
}

/** Whether the process that a client names is known to have ended. */
export function isProcessGone(client: string): boolean {
  const [pid, ticks] = client.split("-");
  if (ticks === "0" || process.platform !== "linux") return false;
  return startTicks(Number(pid)) !== ticks;
}

/** When a process started, in clock ticks since boot; undefined where there is none, or no `/proc`. */
export function startTicks(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
  // proc(5): field 2 is the command in parentheses and may hold anything; starttime is field 22.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Changes with every boot of the machine; empty where unknown. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return "";
  }
}
