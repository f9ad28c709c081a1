import type { ConditionChange } from "@gvpie/daemon";
import { printable } from "@gvpie/app-common";
import { coalesce } from "@gvpie/file-socket/process";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Logger } from "pino";
import { type HookLimits, type HookResult, runHook } from "./hook-process.ts";

const MAX_WAITING = 100;
/** The kernel refuses a variable of 128 KiB. */
const MAX_VALUE_CHARACTERS = 4_096;
const INHERITED = ["PATH", "HOME", "LANG", "TZ"] as const;

/** The executables by event: absolute paths. */
export interface HookFiles {
  readonly failure: string | undefined;
  readonly recovery: string | undefined;
}

export interface HookOptions extends HookLimits {
  readonly files: HookFiles;
  /** Database file, for `GVPIE_DB`. */
  readonly db: string;
  readonly log: Pick<Logger, "debug" | "info" | "warn">;
  /** Milliseconds that {@link Hooks.close} leaves to the hooks that wait or run. Default 5,000. */
  readonly closeMs?: number | undefined;
}

/** Runs executables when problems begin and end, one at a time. */
export interface Hooks {
  /** Never throws, and returns at once. */
  onCondition(change: ConditionChange): void;
  /** Resolves when the last hook has ended; after some seconds it ends the running one and drops the others. */
  close(): Promise<void>;
}

type Event = keyof HookFiles;

/** A call of a hook. */
interface Call {
  readonly event: Event;
  readonly change: ConditionChange;
  /** Changes that this call reports too, because too many were waiting. */
  readonly more: number;
}

export function createHooks({ files, db, log, closeMs = 5_000, ...limits }: HookOptions): Hooks {
  const waiting: Call[] = [];
  /** Changes for which no place was left, by event. They are reported last, in one call each. */
  const merged = new Map<Event, Call>();
  const abort = new AbortController();

  const next = (): Call | undefined => {
    const call = waiting.shift();
    if (call !== undefined) return call;
    const [last] = merged.values();
    if (last !== undefined) merged.delete(last.event);
    return last;
  };
  const runAll = coalesce(async () => {
    while (!abort.signal.aborted) {
      const call = next();
      if (call === undefined) break;
      const { [call.event]: file } = files;
      if (file === undefined) continue;
      report(call, file, await runHook(file, variables(call, db), abort.signal, limits));
    }
  });
  const report = ({ event, change }: Call, file: string, { failure, output }: HookResult): void => {
    const text = output.trim() === "" ? "" : `: ${output.trim()}`;
    const fields = { event, hook: file, condition: change.condition.code, output };
    if (failure !== undefined) {
      log.warn(fields, `--on-${event} ${file} failed with ${failure}${text}`);
    } else {
      log[text === "" ? "debug" : "info"](fields, `--on-${event} ${file}${text || " succeeded"}`);
    }
  };
  return {
    onCondition(change) {
      if (change.type === "repeated" || abort.signal.aborted) return;
      const event = change.type === "raised" ? "failure" : "recovery";
      if (files[event] === undefined) return;
      const before = merged.get(event);
      if (before !== undefined || waiting.length >= MAX_WAITING) {
        merged.set(event, { event, change, more: before === undefined ? 0 : before.more + 1 });
      } else {
        waiting.push({ event, change, more: 0 });
      }
      void runAll();
    },
    async close() {
      const timer = setTimeout(() => abort.abort(), closeMs);
      await runAll();
      clearTimeout(timer);
      const dropped = waiting.length + [...merged.values()].reduce((sum, { more }) => sum + 1 + more, 0);
      if (dropped > 0) log.warn(`${dropped} changes were not passed to --on-failure and --on-recovery`);
      abort.abort();
      waiting.length = 0;
      merged.clear();
    },
  };
}

/** The whole environment of a hook. Names of scripts and messages are foreign text: each value is one line. */
function variables({ event, change, more }: Call, db: string): NodeJS.ProcessEnv {
  const { condition, message, subject = "", lastedMs } = change;
  const facts: Record<string, string> = {
    GVPIE_EVENT: event,
    GVPIE_CODE: condition.code,
    GVPIE_LEVEL: condition.level,
    GVPIE_SUBJECT: subject,
    GVPIE_MESSAGE: more === 0 ? message : `${message}; and ${more} more`,
    GVPIE_MORE: String(more),
    GVPIE_SINCE: condition.since,
    GVPIE_LASTED_SECONDS: String(Math.round(lastedMs / 1000)),
    GVPIE_DB: resolve(db),
    GVPIE_HOST: hostname(),
  };
  const env: NodeJS.ProcessEnv = {};
  for (const name of INHERITED) if (process.env[name] !== undefined) env[name] = process.env[name];
  for (const [name, value] of Object.entries(facts)) {
    // Cut before escaping, which is slow for a long text, and after it, because it makes the text longer.
    env[name] = printable(value.slice(0, MAX_VALUE_CHARACTERS)).slice(0, MAX_VALUE_CHARACTERS).toWellFormed();
  }
  return env;
}
