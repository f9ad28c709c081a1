import { formatSpan } from "@gvpie/app-common";
import type { Worker } from "@gvpie/daemon/store";
import { shellWord } from "../shell-word.ts";
import type { Daemon } from "./daemons.ts";
import type { Facts, Renderer } from "./facts.ts";
import { spanSince } from "./span-since.ts";

/** Something that an operator should know, in one line. */
export interface Problem {
  /** Stable across releases: one of the codes here, or of a condition that a daemon reports. */
  readonly code: string;
  /** `note`: nothing is wrong, such as a pause that an operator has asked for. */
  readonly level: "error" | "warn" | "note";
  /** The fact, and after a semicolon the remedy. */
  readonly message: string;
}

/** Failing scripts that have a line each. */
const MAX_FAILING = 5;
const MAX_ERROR_LENGTH = 160;
/** Conditions of daemons that other lines report with more detail. */
const REPORTED_HERE: ReadonlySet<string> = new Set(["SCRIPT_FAILING", "OVERDUE"]);
const RENDERER_CONDITIONS: ReadonlySet<string> = new Set(["NO_RENDERER", "RENDERER_STUCK"]);

/** Returns everything that is wrong, most important first. */
export function problemsOf(facts: Facts): Problem[] {
  const renderers = facts.renderers.flatMap((renderer) => rendererProblem(renderer, facts));
  const problems = [
    ...daemonProblems(facts),
    ...renderers,
    ...conditionProblems(facts, renderers.length > 0),
    ...overdueProblems(facts),
    ...failureProblems(facts),
    ...pauseNotes(facts),
  ];
  const order = ["error", "warn", "note"];
  return problems.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

function running({ daemons }: Facts): readonly Worker[] {
  return daemons.filter(({ state }) => state === "running").map(({ worker }) => worker);
}

function daemonProblems(facts: Facts): Problem[] {
  const { daemons, overview, db } = facts;
  const lost = daemons.flatMap((daemon): Problem[] => lostDaemon(daemon, facts));
  if (running(facts).length > 0 || lost.length > 0 || overview.scripts.enabled === 0) return lost;
  const start = `start zero-human-daemon --db ${shellWord(db)}`;
  const last = daemons.find(({ state }) => state === "ended" || state === "gone");
  const since = last === undefined ? "" : `; the last one ${howItEnded(last, facts.now)}`;
  return [{ code: "NO_DAEMON", level: "error", message: `no daemon runs the scripts${since}; ${start}` }];
}

function lostDaemon({ state, worker }: Daemon, { now, db }: Facts): Problem[] {
  const { host, pid, ageMs } = worker;
  if (state === "silent") {
    const message = `the daemon on ${host}, pid ${pid}, has not reported for ${formatSpan(ageMs ?? 0)}: it is stopped, or its machine is down; restart it`;
    return [{ code: "DAEMON_SILENT", level: "error", message }];
  }
  if (state !== "gone") return [];
  const when = howItEnded({ state, worker }, now);
  const message = `the daemon on ${host}, pid ${pid}, ${when}; start zero-human-daemon --db ${shellWord(db)}`;
  return [{ code: "DAEMON_GONE", level: "error", message }];
}

function howItEnded({ state, worker }: Daemon, now: number): string {
  const { ageMs, seenAt, stoppedAt } = worker;
  if (state === "ended" && stoppedAt !== undefined) return `ended ${spanSince(stoppedAt, now)} ago`;
  if (ageMs === undefined) {
    return `has not been started since the machine was, and reported last at ${seenAt}`;
  }
  return `was killed: its last report is ${formatSpan(ageMs)} old`;
}

function rendererProblem({ dir, status, error }: Renderer, facts: Facts): Problem[] {
  const waits = running(facts).flatMap(({ state }) => state.waiting.filter(({ lang }) => lang === "gvpie"));
  const [first] = waits.map(({ since }) => since).sort();
  const wait =
    first === undefined ? "" : `, and gvpie scripts have waited for ${spanSince(first, facts.now)}`;
  const start = `start gvpie-daemon --dir ${shellWord(dir)}`;
  const { state, isProcessFound, pid, heartbeatAgeMs } = status;
  const beat = formatSpan(heartbeatAgeMs ?? 0);
  if (error !== undefined) {
    return [{ code: "RENDERER_UNREADABLE", level: first === undefined ? "note" : "error", message: error }];
  }
  if (state === "stale") {
    const message = isProcessFound
      ? `the renderer of ${dir}, pid ${pid}, has not reported for ${beat}: it is stopped or stuck${wait}; kill -CONT ${pid}, or restart it`
      : `the renderer of ${dir}, pid ${pid}, is gone: its last report is ${beat} old${wait}; ${start}`;
    return [{ code: isProcessFound ? "RENDERER_STUCK" : "RENDERER_GONE", level: "error", message }];
  }
  if (state === "absent" && first !== undefined) {
    return [{ code: "NO_RENDERER", level: "error", message: `no renderer runs in ${dir}${wait}; ${start}` }];
  }
  return [];
}

/** @param isRendererKnown true if another line reports the renderer. */
function conditionProblems(facts: Facts, isRendererKnown: boolean): Problem[] {
  return running(facts).flatMap(({ state }) =>
    state.conditions
      .filter(({ code }) => !REPORTED_HERE.has(code) && !(isRendererKnown && RENDERER_CONDITIONS.has(code)))
      .map(({ code, level, message, since }): Problem => {
        return {
          code,
          level: level === "error" ? level : "warn",
          message: `${message} (for ${spanSince(since, facts.now)})`,
        };
      }),
  );
}

/** Late starts that neither a missing daemon nor a waiting language explains. */
function overdueProblems(facts: Facts): Problem[] {
  const live = running(facts);
  if (live.length === 0) return [];
  const waiting = new Set(live.flatMap(({ state }) => state.waiting.map(({ lang }) => lang)));
  const { overdue, overdueCount } = facts.overview;
  const late = overdue.filter(({ lang }) => !waiting.has(lang));
  const [latest] = late;
  if (latest === undefined) return [];
  const isAll = late.length === overdue.length;
  const count = isAll ? overdueCount : late.length;
  const busy = live.every(({ state }) => state.busy >= state.concurrency);
  const langs = [...new Set(late.map(({ lang }) => lang))].sort();
  const why = busy
    ? "all slots are busy; raise --concurrency, or the intervals"
    : `no daemon starts them; check that one runs ${langs.join(" and ")} scripts${langs.includes("python") ? " (--python)" : ""}`;
  const scripts = count === 1 ? "1 script is" : `${count} scripts are`;
  const message = `${scripts} late, ${latest.name} by ${formatSpan(latest.lateMs)}: ${why}`;
  return [{ code: "OVERDUE", level: "warn", message }];
}

function failureProblems({ overview, errors }: Facts): Problem[] {
  const { scripts } = overview.failures;
  const shown = scripts.slice(0, MAX_FAILING).map(({ name, failures }): Problem => {
    const times = failures === 1 ? "failed in its last run" : `failed in its last ${failures} runs`;
    const error = errors.get(name) ?? "";
    const reason = error === "" ? "" : `: ${error.slice(0, MAX_ERROR_LENGTH)}`;
    const message = `${name} ${times}${reason}; gvpie runs list --failed --script ${shellWord(name)}`;
    return { code: "SCRIPT_FAILING", level: "warn", message };
  });
  const rest = scripts.length - shown.length;
  if (rest <= 0) return shown;
  const message = `${rest} more scripts fail; gvpie runs list --failed`;
  return [...shown, { code: "SCRIPT_FAILING", level: "warn", message }];
}

function pauseNotes({ overview }: Facts): Problem[] {
  const { pausedAt, scripts } = overview;
  const notes: Problem[] = [];
  if (pausedAt !== undefined) {
    const message = `all starts are paused since ${pausedAt}; gvpie scripts resume --all`;
    notes.push({ code: "ALL_PAUSED", level: "note", message });
  }
  if (scripts.refused > 0) {
    const count = scripts.refused === 1 ? "1 script is" : `${scripts.refused} scripts are`;
    const message = `${count} enabled, and never run; gvpie scripts list says why`;
    notes.push({ code: "REFUSED", level: "note", message });
  }
  return notes;
}
