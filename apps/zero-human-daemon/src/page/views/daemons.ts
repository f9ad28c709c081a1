import type { Condition, Overview, Worker } from "@gvpie/daemon/store";
import { durationText } from "../format.ts";
import { html, type Html } from "../html.ts";
import { csrfField, type View } from "../layout.ts";
import { nameOf, timeOf } from "../parts.ts";

/** State of the renderer that a daemon uses. */
export interface RendererState {
  readonly dir: string;
  readonly state: "running" | "stale" | "absent";
  readonly pid?: number | undefined;
  readonly heartbeatAgeMs?: number | undefined;
  readonly about?:
    | {
        readonly version?: string | undefined;
        readonly backend?: string | undefined;
        readonly adapter?: string | undefined;
        readonly startedAt?: string | undefined;
      }
    | undefined;
}

export interface DaemonsData {
  readonly overview: Overview;
  readonly renderers: readonly RendererState[];
  readonly csrf: string;
  readonly now: number;
}

/** A daemon counts as silent after this time without a heartbeat. */
const SILENT_AFTER_MS = 60_000;

/** Returns true if a process should be alive and is not heard. */
export function isSilent({ ageMs, stoppedAt }: Worker): boolean {
  return stoppedAt === undefined && (ageMs === undefined || ageMs > SILENT_AFTER_MS);
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
          ${alive.length === 0 ? html`<p class="muted">None has reported in the last week.</p>` : workersTable(alive, now)}
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
              <ul>
                ${overdue.slice(0, 20).map(({ name, lang, lateMs }) => html`<li>${nameOf(name)} (${lang}): late by ${durationText(lateMs)}</li>`)}
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
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Processes">
    <table>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Host</th>
          <th scope="col">Process</th>
          <th scope="col">Version</th>
          <th scope="col">Started</th>
          <th scope="col">Heartbeat</th>
          <th scope="col" class="number">Busy</th>
          <th scope="col">Cartridges</th>
        </tr>
      </thead>
      <tbody>
        ${workers.map(
          (worker) =>
            html`<tr>
              <td class="nowrap">${workerState(worker)}</td>
              <td>${worker.host}</td>
              <td>${worker.pid}</td>
              <td>${worker.version}</td>
              <td class="nowrap">${timeOf(worker.startedAt, now)}</td>
              <td class="nowrap">${timeOf(worker.seenAt, now)}</td>
              <td class="number">${worker.state.busy} of ${worker.state.concurrency}</td>
              <td class="mono text">${worker.state.cartridges}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function workerState(worker: Worker): Html {
  if (worker.stoppedAt !== undefined) return html`<span class="chip off">ended</span>`;
  if (isSilent(worker)) return html`<span class="chip bad">silent</span>`;
  const isError = worker.state.conditions.some(({ level }) => level === "error");
  if (isError || worker.state.conditions.length > 0 || worker.state.waiting.length > 0) {
    return html`<span class="chip ${isError ? "bad" : "warn"}">in trouble</span>`;
  }
  return html`<span class="chip good">fine</span>`;
}

function renderersTable(renderers: readonly RendererState[], now: number): Html {
  if (renderers.length === 0) {
    return html`<p class="muted">No daemon on this machine names a directory of a renderer.</p>`;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Renderers">
    <table>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Directory</th>
          <th scope="col">Process</th>
          <th scope="col">Version</th>
          <th scope="col">Backend</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        ${renderers.map(
          ({ dir, state, pid, about }) =>
            html`<tr>
              <td class="nowrap">${rendererState(state)}</td>
              <td class="mono text">${dir}</td>
              <td>${pid}</td>
              <td>${about?.version}</td>
              <td>
                ${about?.backend}${about?.adapter !== undefined && html` <span class="muted">${about.adapter}</span>`}
              </td>
              <td class="nowrap">${timeOf(about?.startedAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function rendererState(state: RendererState["state"]): Html {
  if (state === "running") return html`<span class="chip good">running</span>`;
  return state === "stale"
    ? html`<span class="chip bad">gone without notice</span>`
    : html`<span class="chip off">not running</span>`;
}

function runningTable(running: Overview["running"], now: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Open runs">
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Script</th>
          <th scope="col">Language</th>
          <th scope="col">Started</th>
        </tr>
      </thead>
      <tbody>
        ${running.slice(0, 20).map(
          ({ runId, name, lang, startedAt }) =>
            html`<tr>
              <td><a href="/runs/${runId}">${runId}</a></td>
              <td>${nameOf(name)}</td>
              <td>${lang}</td>
              <td class="nowrap">${timeOf(startedAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
