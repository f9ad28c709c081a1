import { formatSpan, parseTime } from "@gvpie/app-common";
import { counted } from "../counted.ts";
import type { Style, StyleName } from "../style.ts";
import { joined, line, type Part, type TerminalText } from "../terminal-text.ts";
import type { Daemon } from "./daemons.ts";
import type { Facts, Renderer } from "./facts.ts";
import type { Problem } from "./problems.ts";
import { spanSince } from "./span-since.ts";

/** Running scripts that are named. */
const MAX_RUNNING = 5;
const STYLES: Readonly<Record<Problem["level"], StyleName>> = { error: "red", warn: "yellow", note: "dim" };

/** Returns the report for people, a line each: the verdict, the problems, then the facts. */
export function statusLines(facts: Facts, problems: readonly Problem[], style: Style): TerminalText[] {
  const wrong = problems.filter(({ level }) => level !== "note").length;
  const verdict = wrong === 0 ? style("green", "all is well") : style("red", counted(wrong, "problem"));
  const row = (name: string, text: Part): TerminalText => line`${name.padEnd(9)} ${text}`;
  const { overview } = facts;
  const { scripts } = overview;
  return [
    line`${verdict}`,
    ...problems.map(({ level, message }) => line`${style(STYLES[level], level.padEnd(5))} ${message}`),
    line``,
    ...facts.daemons
      .filter(({ state }, index) => state === "running" || (index === 0 && state !== "replaced"))
      .map((daemon) => row("daemon", daemonText(daemon, facts.now))),
    ...facts.renderers.map((renderer) => row("renderer", rendererText(renderer, facts.now))),
    row("scripts", countsOf(scripts)),
    row("running", runningText(facts)),
    ...waitingTexts(facts).map((text) => row("waiting", text)),
    row("due", dueText(facts)),
    row("failed", `${atMost(overview.failures.runs)} in the last 24 h`),
  ];
}

function daemonText({ state, worker }: Daemon, now: number): Part {
  const { version, pid, host, startedAt, ageMs } = worker;
  const { busy, concurrency } = worker.state;
  const parts = [state, `version ${version}`, `pid ${pid} on ${host}`, `since ${sinceText(startedAt, now)}`];
  if (ageMs !== undefined) parts.push(`last heartbeat ${formatSpan(ageMs)} ago`);
  if (state === "running") parts.push(`${busy} of ${concurrency} slots busy`);
  return joined(parts, ", ");
}

function rendererText({ dir, status }: Renderer, now: number): Part {
  const { state, isProcessFound, pid, about } = status;
  const shown = { running: "running", absent: "not running", stale: isProcessFound ? "stuck" : "gone" }[
    state
  ];
  const parts = [shown];
  if (about !== undefined) {
    parts.push(`version ${about.version}`, `${about.backend}, adapter ${about.adapter}`);
  }
  if (pid !== undefined) parts.push(about === undefined ? `pid ${pid}` : `pid ${pid} on ${about.host}`);
  if (about !== undefined) parts.push(`since ${sinceText(about.startedAt, now)}`);
  return joined([...parts, dir], ", ");
}

/** Returns a time of an untrusted row with its distance, as far as it is one. */
function sinceText(at: string, now: number): string {
  const from = parseTime(at);
  return from === undefined ? at : `${at.replace(/\.\d+Z$/, "Z")} (${formatSpan(now - from)})`;
}

function countsOf({ total, enabled, paused, refused }: Facts["overview"]["scripts"]): string {
  const rest = [...(paused > 0 ? [`${paused} paused`] : []), ...(refused > 0 ? [`${refused} refused`] : [])];
  return [`${total}`, `${enabled} enabled`, ...rest].join(", ");
}

function runningText({ overview, now }: Facts): Part {
  const { running, runningCount } = overview;
  const shown = running.slice(0, MAX_RUNNING).map(({ name, runId, startedAt }) => {
    return line`${name} for ${spanSince(startedAt, now)} (run ${String(runId)})`;
  });
  const rest = runningCount - shown.length;
  return joined([runningCount, ...shown, ...(rest > 0 && shown.length > 0 ? [`${rest} more`] : [])], ", ");
}

function waitingTexts({ daemons, now }: Facts): Part[] {
  return daemons
    .filter(({ state }) => state === "running")
    .flatMap(({ worker }) => worker.state.waiting)
    .map(({ lang, since, reason }) => line`${lang} scripts for ${spanSince(since, now)}: ${reason}`);
}

function dueText({ overview }: Facts): string {
  const { dueCount, overdueCount, nextDueInMs, pausedAt } = overview;
  if (pausedAt !== undefined) return "none, because all starts are paused";
  const late = overdueCount > 0 ? `, ${overdueCount} of them late` : "";
  const none = overview.runningCount > 0 ? "no other start is planned" : "no start is planned";
  const next = nextDueInMs === undefined ? none : `next start in ${formatSpan(nextDueInMs)}`;
  return dueCount > 0 ? `${dueCount} now${late}` : next;
}

function atMost(runs: number): string {
  return runs >= 10_000 ? "10,000 or more runs" : counted(runs, "run");
}
