import type { ConditionChange } from "@gvpie/daemon";
import type { Logger } from "pino";
import { checkExecutable } from "./executable.ts";
import { createHooks } from "./hooks.ts";
import type { NotifyConfig } from "../config/notify.ts";
import type { Pinger } from "./ping.ts";

export { statusLine } from "./status-line.ts";

/** Notifies operators of problems. */
export interface Notifications {
  onCondition(change: ConditionChange): void;
  /** The loop runs: the pings begin. */
  start(): void;
  /** Reports the result of `--once` to the monitor. */
  finish(isSuccess: boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param db database file.
 * @throws {SettingsError} if a hook cannot be executed, or the address of the ping is invalid.
 */
export async function createNotifications(
  { onFailure, onRecovery, ping }: NotifyConfig,
  { db, version, log }: { readonly db: string; readonly version: string; readonly log: Logger },
): Promise<Notifications> {
  const files = {
    failure: onFailure === undefined ? undefined : checkExecutable("--on-failure", onFailure),
    recovery: onRecovery === undefined ? undefined : checkExecutable("--on-recovery", onRecovery),
  };
  const hooks = createHooks({ files, db, log });
  let pinger: Pinger | undefined;
  if (ping !== undefined) {
    // Imported on demand: without pings, the daemon loads no HTTP client.
    const { createPinger } = await import("./ping.ts");
    pinger = createPinger({ url: ping, version, log });
  }
  return {
    onCondition(change) {
      hooks.onCondition(change);
      pinger?.onCondition(change);
    },
    start: () => pinger?.start(),
    finish: async (isSuccess) => pinger?.finish(isSuccess),
    async close() {
      await hooks.close();
      pinger?.close();
    },
  };
}
