import type { Logger } from "pino";
import type { AuditOptions } from "./audit.ts";
import type { RevocationOptions } from "./revocations.ts";

/** Returns a listener that logs which revocations are in force. */
export function logRevocations(log: Logger): NonNullable<RevocationOptions["onEvent"]> {
  return (event) => {
    const { path } = event;
    if (event.type === "missing") {
      log.warn({ path }, `no block is revoked: ${path} does not exist`);
    } else if (event.type === "loaded") {
      log.info({ path, count: event.count }, `revoked blocks in ${path}: ${event.count}`);
    } else {
      const { count, error } = event;
      log.error({ path, count }, `the ${count} revoked blocks stay in force: ${error.message}`);
    }
  };
}

/** Returns a listener that logs when audit records are lost, and when they are written again. */
export function logAuditFailure(log: Logger): NonNullable<AuditOptions["onFailure"]> {
  return (error) => {
    if (error === undefined) log.info("audit records are written again");
    else log.error(`audit records are lost: ${error.message}`);
  };
}
