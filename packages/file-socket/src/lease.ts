import { randomBytes } from "node:crypto";
import { startTicks } from "./process/identity.ts";

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
