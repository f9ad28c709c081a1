import type { RequestError } from "../errors.ts";
import type { RequestName } from "../protocol/names.ts";
import type { AuditRecord, RequestGrant } from "../types.ts";

/** Capabilities that are remembered as used. */
const MAX_USED = 16_384;
const CODES: ReadonlySet<string> = new Set([
  "FSOCK_CAPABILITY_REQUIRED",
  "FSOCK_BAD_HEAD",
  "FSOCK_WRONG_SERVER",
  "FSOCK_PROOF_EXPIRED",
  "FSOCK_BAD_PROOF",
  "FSOCK_REPLAYED",
  "FSOCK_BODY_CHANGED",
]);

interface Subject extends RequestName {
  readonly capability?: RequestGrant["capability"] | undefined;
}

/** Reports refusals that a capability, or the lack of one, has caused, and the first use of each capability. */
export class Audit {
  readonly #report: (record: AuditRecord) => void;
  /** Ids of the last blocks that were used since the start. */
  readonly #used = new Set<string>();

  constructor(report: ((record: AuditRecord) => void) | undefined) {
    this.#report = report ?? (() => {});
  }

  /** Reports a refusal if its code is one of capabilities. `subject` is absent for the slot. */
  refused({ code, message }: Pick<RequestError, "code" | "message">, subject?: Subject): void {
    if (!CODES.has(code) && !code.startsWith("CAP_")) return;
    const { id, client, capability } = subject ?? {};
    const via = subject === undefined ? "slot" : "spool";
    this.#report({ type: "refused", via, code, message, id, client, capability });
  }

  /** Reports an admitted request if it is the first one with its capability. */
  used({ id, client }: RequestName, capability: RequestGrant["capability"]): void {
    const leaf = leafOf(capability);
    if (this.#used.has(leaf)) return;
    this.#used.add(leaf);
    for (const oldest of this.#used) {
      if (this.#used.size <= MAX_USED) break;
      this.#used.delete(oldest);
    }
    this.#report({ type: "first-use", via: "spool", id, client, capability });
  }
}

/** Returns the id of the last block. */
export function leafOf({ blocks }: RequestGrant["capability"]): string {
  return (blocks.at(-1) ?? blocks[0]).id;
}
