import type { Conditions } from "./conditions.ts";
import { gotNoReply } from "./lang-health.ts";
import type { ScriptStore, ScriptSummary, StoreReader } from "./store/index.ts";
import type { RunReport } from "./types.ts";

/** Scripts that one review looks at. */
const MAX_REVIEWED = 50;
/** Failures that say nothing about the script: the loop or the process ended the run, or the renderer is missing. */
const NOT_ITS_OWN = /^(RUN_STOPPED|RUN_LOST|RUN_REMOVED|NO_RENDERER):/;
const MAX_REASON = 200;
const SUCCEEDS = "succeeds again";

/** The scripts whose last run failed, as conditions `SCRIPT_FAILING`. */
export interface FailingScripts {
  /** @param isStuck true if the renderer of its language is known not to reply. */
  recorded(report: RunReport, isStuck: boolean): void;
  /** Takes over the scripts that an earlier loop has reported as failing, as far as their last run still says so. */
  inherit(store: Pick<StoreReader, "readOverview" | "summarizeRuns">, since: string): Promise<void>;
  /** Ends the conditions of scripts that were removed, renamed or stopped, or that another loop has run with success. */
  review(store: Pick<ScriptStore, "listScripts">): Promise<void>;
}

interface Failing {
  readonly id: number;
  readonly name: string;
  reason: string;
  /** Successful runs at the first review. */
  successCount?: number;
}

export function createFailingScripts(conditions: Conditions): FailingScripts {
  /** In the order of their last review. */
  const failing = new Map<number, Failing>();
  /** Scripts whose last run got no reply, for the first time: one more shows whether the renderer is stuck. */
  const unanswered = new Set<number>();

  function raise({ name, reason }: Failing, recovery: string, since?: string): void {
    const message = `${JSON.stringify(name)} fails: ${reason}`;
    const text = `${JSON.stringify(name)} ${recovery}`;
    conditions.raise("SCRIPT_FAILING", { level: "warn", message, recovery: text, subject: name }, since);
  }

  function end(one: Failing, recovery: string): void {
    failing.delete(one.id);
    raise(one, recovery);
    conditions.clear("SCRIPT_FAILING", one.name);
  }

  return {
    recorded(report, isStuck) {
      const { scriptId: id, name, success, stderr } = report;
      const known = failing.get(id);
      if (known && success) end(known, SUCCEEDS);
      else if (known && known.name !== name) end(known, "was renamed");
      const wasUnanswered = unanswered.delete(id);
      if (success || NOT_ITS_OWN.test(stderr)) return;
      if (gotNoReply(report) && (isStuck || !wasUnanswered)) {
        if (!known) unanswered.add(id);
        return;
      }
      const reason = reasonOf(stderr);
      const one = failing.get(id) ?? { id, name, reason };
      one.reason = reason;
      failing.set(id, one);
      raise(one, SUCCEEDS);
    },

    async inherit(store, since) {
      const { failures } = await store.readOverview({ failuresSince: since });
      for (const { id, name, lang } of failures.scripts) {
        const last = (await store.summarizeRuns(id, 2)).find((run) => run.success !== undefined);
        if (typeof id === "bigint" || last === undefined || last.success === true) continue;
        const { stderr } = last;
        if (NOT_ITS_OWN.test(stderr) || gotNoReply({ lang, stderr })) continue;
        const one = { id, name, reason: reasonOf(stderr) };
        failing.set(id, one);
        raise(one, SUCCEEDS, since);
      }
    },

    async review(store) {
      for (const one of [...failing.values()].slice(0, MAX_REVIEWED)) {
        const [found] = await store.listScripts({ after: one.id - 1, limit: 1 });
        if (failing.get(one.id) !== one) continue;
        const change = changeOf(one, found);
        if (change !== undefined) {
          end(one, change);
          continue;
        }
        one.successCount ??= found?.successCount ?? 0;
        failing.delete(one.id);
        failing.set(one.id, one);
      }
    },
  };
}

function reasonOf(stderr: string): string {
  return stderr.slice(0, MAX_REASON).split("\n", 1)[0] ?? "";
}

/** Returns the reason why a script no longer counts as failing, in words that follow its name. */
function changeOf({ id, name, successCount = Infinity }: Failing, found?: ScriptSummary): string | undefined {
  if (found?.id !== id) return "was removed";
  if (found.name !== name) return "was renamed";
  if (!found.enabled) return "was disabled";
  if (found.pausedAt !== undefined) return "was paused";
  return found.successCount > successCount ? SUCCEEDS : undefined;
}
