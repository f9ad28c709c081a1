import { type Condition, type Overview, type Worker, WORKER_SILENT_MS } from "@gvpie/daemon/store";
import type { ServerStatus } from "@gvpie/file-socket";
import { durationText } from "../format.ts";
import { html, type Html } from "../html.ts";
import { csrfField, type View } from "../layout.ts";
import { nameOf, timeOf } from "../parts.ts";
import { table } from "../table.ts";

/** The renderer of a directory that a daemon names. */
export interface Renderer extends ServerStatus {
  readonly dir: string;
}

export interface DaemonsData {
  readonly overview: Overview;
  readonly renderers: readonly Renderer[];
  readonly csrf: string;
  readonly now: number;
}

/** Scripts that run, or are overdue, that are named. */
const MAX_NAMED = 20;

/** Returns true if a process should be alive and sends no heartbeat. */
export function isSilent({ ageMs, stoppedAt }: Worker): boolean {
  return stoppedAt === undefined && (ageMs === undefined || ageMs > WORKER_SILENT_MS);
}

export function daemons({ overview, renderers, csrf, now }: DaemonsData): View {
  const { workers, pausedAt, overdue, overdueCount, running, runningCount, dueCount } = overview;
  const alive = workers.filter((worker) => worker.stoppedAt === undefined);
  const ended = workers.filter((worker) => worker.stoppedAt !== undefined);
  return {
    title: "Daemons",
    section: "daemons",
    body: html`<div class="bar">
        <h1>Daemons</h1>
        <form method="post" action="/pause">
          ${csrfField({ csrf })}
          ${
            pausedAt === undefined
              ? html`<button name="paused" value="1">Pause all starts</button>`
              : html`<button name="paused" value="0" class="main">Resume starts</button>`
          }
        </form>
      </div>
      <div class="stack">
        ${pausedAt !== undefined && html`<p class="notice warn">All starts are paused, since ${timeOf(pausedAt, now)}. Runs on request still start.</p>`}
        ${problems(alive, now)}
        <section class="panel">
          <h2>Processes that run scripts</h2>
          ${alive.length === 0 ? html`<p class="muted">No daemon has sent a heartbeat in the last week.</p>` : workersTable(alive, now)}
          ${
            ended.length > 0 &&
            html`<details>
              <summary>${ended.length} that ended in the last week</summary>
              ${workersTable(ended, now)}
            </details>`
          }
        </section>
        <section class="panel">
          <h2>Renderers</h2>
          ${renderersTable(renderers, now)}
        </section>
        <section class="panel">
          <h2>Now</h2>
          <p>${runningCount} running, ${dueCount} due, ${overdueCount} overdue.</p>
          ${running.length > 0 && runningTable(running, now)}
          ${
            overdue.length > 0 &&
            html`<h2>Overdue</h2>
              <ul class="list">
                ${overdue.slice(0, MAX_NAMED).map(({ name, lang, lateMs }) => html`<li>${nameOf(name)} (${lang}): late by ${durationText(lateMs)}</li>`)}
              </ul>`
          }
        </section>
      </div>`,
  };
}

function problems(workers: readonly Worker[], now: number): Html | undefined {
  const all: Html[] = [];
  for (const worker of workers) {
    const where = `${worker.host}, process ${worker.pid}`;
    if (isSilent(worker)) {
      all.push(
        html`<li class="notice bad">
          <b>No heartbeat</b> of ${where} since ${timeOf(worker.seenAt, now)}. Start it again, or look at its
          log.
        </li>`,
      );
    }
    for (const condition of worker.state.conditions) all.push(conditionOf(condition, where, now));
    for (const { lang, since, reason } of worker.state.waiting) {
      all.push(
        html`<li class="notice warn">
          <b>Scripts in ${lang} wait</b> on ${where}: ${reason}, since ${timeOf(since, now)}.
        </li>`,
      );
    }
  }
  return all.length === 0
    ? undefined
    : html`<ul class="notices">
        ${all}
      </ul>`;
}

function conditionOf({ code, level, message, since }: Condition, where: string, now: number): Html {
  return html`<li class="notice ${level === "error" ? "bad" : "warn"}">
    <b>${code}</b> ${message} <span class="muted">${where}, since ${timeOf(since, now)}</span>
  </li>`;
}

function workersTable(workers: readonly Worker[], now: number): Html {
  return table(
    "Processes",
    [
      { title: "State", className: "nowrap", cell: workerState },
      { title: "Host", cell: ({ host }) => host },
      { title: "Process", cell: ({ pid }) => pid },
      { title: "Version", className: "optional", cell: ({ version }) => version },
      { title: "Started", className: "nowrap optional", cell: ({ startedAt }) => timeOf(startedAt, now) },
      { title: "Heartbeat", className: "nowrap", cell: ({ seenAt }) => timeOf(seenAt, now) },
      { title: "Busy", className: "number", cell: ({ state }) => `${state.busy} of ${state.concurrency}` },
      {
        title: "Cartridges",
        className: "text optional",
        cell: ({ state }) => html`<code>${state.cartridges}</code>`,
      },
    ],
    workers,
  );
}

function workerState(worker: Worker): Html {
  if (worker.stoppedAt !== undefined) return html`<span class="chip off">ended</span>`;
  if (isSilent(worker)) return html`<span class="chip bad">silent</span>`;
  const isError = worker.state.conditions.some(({ level }) => level === "error");
  if (isError || worker.state.conditions.length > 0 || worker.state.waiting.length > 0) {
    return html`<span class="chip ${isError ? "bad" : "warn"}">problems</span>`;
  }
  return html`<span class="chip good">fine</span>`;
}

function renderersTable(renderers: readonly Renderer[], now: number): Html {
  if (renderers.length === 0) {
    return html`<p class="muted">No daemon on this machine names a directory of a renderer.</p>`;
  }
  return table(
    "Renderers",
    [
      { title: "State", className: "nowrap", cell: rendererState },
      { title: "Directory", className: "text", cell: ({ dir }) => html`<code>${dir}</code>` },
      { title: "Process", cell: ({ pid }) => pid },
      { title: "Version", className: "optional", cell: ({ about }) => about?.version },
      {
        title: "Backend",
        cell: ({ about }) =>
          about &&
          html`${about.backend}
            <span class="muted">${about.adapter !== about.backend && about.adapter}</span>`,
      },
      { title: "Started", className: "nowrap optional", cell: ({ about }) => timeOf(about?.startedAt, now) },
    ],
    renderers,
  );
}

function rendererState({ state, isProcessFound }: Renderer): Html {
  if (state === "running") return html`<span class="chip good">running</span>`;
  if (state === "absent") return html`<span class="chip off">not running</span>`;
  return html`<span class="chip bad">${isProcessFound ? "stuck" : "gone"}</span>`;
}

function runningTable(running: Overview["running"], now: number): Html {
  return table(
    "Open runs",
    [
      { title: "Run", cell: ({ runId }) => html`<a href="/runs/${runId}">${runId}</a>` },
      { title: "Script", className: "script", cell: ({ name }) => nameOf(name) },
      { title: "Language", cell: ({ lang }) => lang },
      { title: "Started", className: "nowrap", cell: ({ startedAt }) => timeOf(startedAt, now) },
    ],
    running.slice(0, MAX_NAMED),
  );
}
