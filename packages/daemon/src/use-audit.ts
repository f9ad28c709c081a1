import type { Capability } from "@gvpie/capability";
import type { ClaimedRun } from "./store/index.ts";
import type { RunAudit } from "./types.ts";

/** Capabilities whose first use is remembered; with more, an earlier one is reported again. */
const MAX_KNOWN = 10_000;

/** Codes of refusals for reasons of capability, by this process or by a renderer. */
const REFUSAL =
  /^(?:CAP_|RUN_NO_CAPABILITY|FSOCK_(?:BAD_CAPABILITY|UNTRUSTED_REPLY|CAPABILIT|BAD_PROOF|BAD_HEAD|BODY_CHANGED|PROOF_EXPIRED|REPLAYED|WRONG_SERVER))/;
/** Codes of refusals that follow from a verified capability. */
const OF_VERIFIED = /^CAP_(?:LIMIT_|EXPIRED$|NOT_YET_VALID$)/;

/** Reports refusals by capabilities, and the first run with each capability. */
export interface UseAudit {
  succeeded(run: ClaimedRun, capability: Capability | undefined): void;
  failed(run: ClaimedRun, capability: Capability | undefined, error: unknown): void;
}

export function createUseAudit(report: (record: RunAudit) => void = () => {}): UseAudit {
  const known = new Set<string>();

  function noteUse({ runId, script }: ClaimedRun, capability: Capability | undefined): void {
    const leaf = capability?.blocks.at(-1)?.id;
    if (leaf === undefined || known.has(leaf)) return;
    if (known.size >= MAX_KNOWN) known.clear();
    known.add(leaf);
    report({ type: "first-use", runId, name: script.name, capability });
  }

  return {
    succeeded: noteUse,
    failed(run, capability, error) {
      const { replyCode, code = "" } = error as { readonly replyCode?: string; readonly code?: string };
      const reason = replyCode ?? code;
      if (!REFUSAL.test(reason)) return;
      report({
        type: "refused",
        runId: run.runId,
        name: run.script.name,
        code: reason,
        message: error instanceof Error ? error.message : String(error),
        capability: OF_VERIFIED.test(reason) ? capability : undefined,
      });
    },
  };
}
