import { formatBytes, formatDuration } from "@gvpie/app-common";
import type { RowId, RunSummary, Script, ScriptVersion } from "@gvpie/daemon/store";
import { durationChart } from "../duration-chart.ts";
import { durationText, numberText, scheduleText } from "../format.ts";
import { exact, html, type Html } from "../html.ts";
import { csrfField, type View } from "../layout.ts";
import {
  codeBlock,
  lines,
  MAX_SHOWN,
  nameOf,
  type Picture,
  runsTable,
  screen,
  scriptState,
  timeOf,
} from "../parts.ts";
import { table } from "../table.ts";

export interface ScriptData {
  readonly script: Script;
  /** The newest runs, newest first, of which the first {@link ScriptData.listed} are listed. */
  readonly runs: readonly RunSummary[];
  /** The pictures of these runs. */
  readonly pictures: ReadonlyMap<RowId, Picture>;
  /** The last different pictures, newest first. */
  readonly changes: readonly Picture[];
  readonly versions: readonly ScriptVersion[];
  readonly csrf: string;
  readonly now: number;
}

/** Runs that are listed. */
const LISTED = 20;

export function scriptView(data: ScriptData): View {
  const { script, runs, pictures, changes, now } = data;
  const { id, name } = script;
  const [latest, ...earlier] = changes;
  return {
    title: name,
    section: "scripts",
    body: html`<div class="bar">
        <h1>${nameOf(name)}</h1>
        <span>${scriptState(script, now)}</span>
        ${actions(data)}
      </div>
      ${script.refused !== undefined && html`<p class="notice bad"><b>No loop runs it.</b> ${script.refused}</p>`}
      <div class="columns">
        <div class="stack">
          <section class="panel" aria-label="Pictures">
            ${screen(latest, "hero", `Latest picture of ${name}`)}
            ${latest !== undefined && html`<p class="small"><a href="/runs/${latest.runId}">Run ${latest.runId}</a> · <a href="/cartridges/${latest.id}/verify?run=${latest.runId}">verify it in the browser</a></p>`}
            ${
              earlier.length > 0 &&
              html`<h2>Earlier pictures</h2>
                <ul class="strip" tabindex="0">
                  ${earlier.map((picture) => html`<li><a href="/runs/${picture.runId}">${screen(picture, "", `Picture until run ${picture.runId}`)}until run ${picture.runId}</a></li>`)}
                </ul>`
            }
          </section>
          <section class="panel">
            <h2>Schedule</h2>
            ${scheduleForms(data)}
          </section>
        </div>
        <div class="stack">
          <section class="panel" aria-label="Facts">${facts(data)}</section>
          ${
            runs.length > 0 &&
            html`<section class="panel">
              <h2>Durations</h2>
              ${durationChart(runs)}
            </section>`
          }
          ${lastError(runs, now)}
        </div>
      </div>
      <section class="panel wide">
        <h2>Runs</h2>
        ${runsTable({ runs: runs.slice(0, LISTED), pictures, now, withScripts: false })}
        ${runs.length > LISTED && html`<p class="pager"><span></span><a href="${exact(`/runs?${new URLSearchParams({ script: name }).toString()}`)}">All runs</a></p>`}
      </section>
      <section class="panel wide">
        <h2>Code</h2>
        ${codeOf(script)}${versionsOf(id, data.versions, now)}
      </section>`,
  };
}

function actions({ script, csrf }: ScriptData): Html {
  const { id, pausedAt, refused } = script;
  return html`<form method="post" action="/scripts/${id}/run">
      ${csrfField({ csrf })} ${refused === undefined && html`<button class="main">Run now</button>`}
    </form>
    <form method="post" action="/scripts/${id}/pause">
      ${csrfField({ csrf })}
      ${pausedAt === undefined ? html`<button name="paused" value="1">Pause</button>` : html`<button name="paused" value="0">Resume</button>`}
    </form>`;
}

function facts({ script, now }: ScriptData): Html {
  const { id, lang, runCount, successCount, lastRunAt, createdAt, dueAt, pausedAt, runId, options } = script;
  const { width, height, background, timeoutMs, retries, missed, params, capability } = options;
  const failed = runCount - successCount;
  const size =
    width === undefined && height === undefined ? "" : `${width ?? "default"} × ${height ?? "default"}`;
  const canvas = [size, background === undefined ? "" : `on ${background}`].filter(Boolean).join(" ");
  const values = Object.entries(params ?? {});
  return html`<dl>
    <dt>Language</dt>
    <dd>${lang}</dd>
    <dt>Runs</dt>
    <dd>
      ${numberText(runCount)}${failed > 0 && html`, <a class="bad-text" href="/runs?${exact(new URLSearchParams({ result: "failed", script: script.name }).toString())}">${numberText(failed)} failed</a>`}
    </dd>
    <dt>Last run</dt>
    <dd>${lastRunAt === undefined ? "never" : timeOf(lastRunAt, now)}</dd>
    ${
      runId !== undefined &&
      html`<dt>Running</dt>
        <dd><a href="/runs/${runId}">run ${runId}</a></dd>`
    }
    ${
      dueAt !== undefined &&
      runId === undefined &&
      pausedAt === undefined &&
      html`<dt>Next start</dt>
        <dd>${timeOf(dueAt, now)}</dd>`
    }
    ${
      pausedAt !== undefined &&
      html`<dt>Paused</dt>
        <dd>${timeOf(pausedAt, now)}</dd>`
    }
    <dt>Schedule</dt>
    <dd>
      ${scheduleText(options) ?? "the interval of the daemon"}${missed === "skip" && ", missed starts are skipped"}
    </dd>
    ${
      canvas !== "" &&
      html`<dt>Canvas</dt>
        <dd>${canvas}</dd>`
    }
    ${
      timeoutMs !== undefined &&
      html`<dt>Time limit</dt>
        <dd>${durationText(timeoutMs)}</dd>`
    }
    ${
      retries !== undefined &&
      html`<dt>Retries</dt>
        <dd>${retries}</dd>`
    }
    ${
      capability !== undefined &&
      html`<dt>Capability</dt>
        <dd>its own, ${formatBytes(capability.length)}</dd>`
    }
    ${
      values.length > 0 &&
      html`<dt>Parameters</dt>
        <dd class="mono">
          ${values.map(([key, value]) => html`${key}=${typeof value === "object" ? JSON.stringify(value) : value}<br />`)}
        </dd>`
    }
    ${
      createdAt !== undefined &&
      html`<dt>Added</dt>
        <dd>${timeOf(createdAt, now)}</dd>`
    }
    <dt>Id</dt>
    <dd>${id}</dd>
  </dl>`;
}

function scheduleForms({ script, csrf }: ScriptData): Html {
  const { id, options } = script;
  const { intervalMs, cron, timeZone } = options;
  return html`<div class="stack">
    <form method="post" action="/scripts/${id}/interval" class="row">
      ${csrfField({ csrf })}
      <label
        >Interval
        <input
          name="interval"
          value="${intervalMs !== undefined && formatDuration(intervalMs)}"
          placeholder="30s, 15m, 1h"
          maxlength="40"
          size="12"
      /></label>
      <button>Set interval</button>
    </form>
    <form method="post" action="/scripts/${id}/cron" class="row">
      ${csrfField({ csrf })}
      <label
        >Cron line
        <input
          name="cron"
          class="mono"
          value="${cron !== undefined && exact(cron)}"
          placeholder="0 7 * * 1-5"
          maxlength="256"
          size="14"
      /></label>
      <label
        >Time zone
        <input
          name="zone"
          value="${timeZone !== undefined && exact(timeZone)}"
          placeholder="UTC"
          maxlength="64"
          size="14"
      /></label>
      <button>Set cron line</button>
    </form>
    <p class="muted small">
      Setting one removes the other. Without both, the interval of the daemon applies.
    </p>
  </div>`;
}

function lastError(runs: readonly RunSummary[], now: number): Html | undefined {
  const run = runs.find(({ success }) => success === false);
  if (run === undefined) return undefined;
  return html`<section class="panel">
    <h2>Last error</h2>
    <pre tabindex="0" aria-label="Last error">${lines(run.stderr)}</pre>
    <p class="small muted"><a href="/runs/${run.id}">Run ${run.id}</a>, ${timeOf(run.startedAt, now)}</p>
  </section>`;
}

function codeOf({ code, codeBytes }: Script): Html {
  return html`${codeBlock("Code", code)}
  ${code.length > MAX_SHOWN && html`<p class="muted">Only the first ${MAX_SHOWN / 1024} KiB of ${formatBytes(codeBytes)} are shown; <code>gvpie scripts show</code> prints all.</p>`}`;
}

function versionsOf(id: RowId, versions: readonly ScriptVersion[], now: number): Html | undefined {
  if (versions.length === 0) return undefined;
  return html`<p></p>
    <details>
      <summary>${versions.length} earlier ${versions.length === 1 ? "version" : "versions"}</summary>
      ${table(
        "Versions",
        [
          {
            title: "Version",
            cell: ({ version }) => html`<a href="/scripts/${id}/versions/${version}">${version}</a>`,
          },
          { title: "Language", cell: ({ lang }) => lang },
          { title: "Size", cell: ({ codeBytes }) => formatBytes(codeBytes) },
          { title: "Replaced", cell: ({ replacedAt }) => timeOf(replacedAt, now) },
        ],
        versions,
      )}
    </details>`;
}
