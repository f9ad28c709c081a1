import type { RowId, RunSummary, ScriptSummary } from "@gvpie/daemon/store";
import { parseTime, printableLines } from "@gvpie/app-common";
import { distanceText, durationText } from "./format.ts";
import { exact, html, type Html } from "./html.ts";
import { type Column, table } from "./table.ts";

/** A file with a picture. */
export interface Picture {
  /** Id of its cartridge. */
  readonly id: RowId;
  /** The newest run that drew it. */
  readonly runId: RowId;
  /** The first one. */
  readonly firstRunId: RowId;
}

/** Returns a name whose direction does not affect the text around it. */
export function nameOf(name: string): Html {
  return html`<bdi>${name === "" ? "(no name)" : name}</bdi>`;
}

/** Returns text of several lines, for a `pre` element. */
export function lines(text: string): Html {
  return exact(printableLines(text));
}

/** Characters of a program that are shown. */
export const MAX_SHOWN = 65_536;

/** Returns the first {@link MAX_SHOWN} characters of a program. */
export function codeBlock(label: string, code: string): Html {
  return html`<pre tabindex="0" aria-label="${label}">${lines(code.slice(0, MAX_SHOWN))}</pre>`;
}

/** Returns a time by its distance from now. The script of the page keeps it right. */
export function timeOf(text: string | undefined, now: number): Html | undefined {
  if (text === undefined) return undefined;
  const at = parseTime(text);
  if (at === undefined) return html`<span>${text}</span>`;
  const iso = new Date(at).toISOString();
  const full = iso.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return html`<time datetime="${iso}" title="${full}">${distanceText(at, now)}</time>`;
}

/** Returns the picture of a cartridge, on a black screen of the given class. */
export function screen(picture: Picture | undefined, className: string, alternative: string): Html {
  const image =
    picture === undefined
      ? html`<span>no picture</span>`
      : html`<img
          src="/pictures/${picture.id}.png?of=${picture.firstRunId}"
          alt="${alternative}"
          loading="lazy"
          decoding="async"
        />`;
  return html`<div class="screen ${className}">${image}</div>`;
}

type Tone = "good" | "bad" | "warn" | "busy" | "off";

function chip(tone: Tone, text: string): Html {
  return html`<span class="chip ${tone}">${text}</span>`;
}

/** Returns the state of a script: the most important fact first. */
export function scriptState(script: ScriptSummary, now: number): Html {
  const { failures = 0, dueAt } = script;
  if (script.refused !== undefined) return chip("bad", "refused");
  if (script.runId !== undefined) {
    return chip("busy", failures > 0 ? `running, failed ${failures}×` : "running");
  }
  if (!script.enabled) return chip("off", "disabled");
  if (script.pausedAt !== undefined) return chip("off", "paused");
  if (failures > 0) return chip("bad", failures === 1 ? "failed" : `failed ${failures}×`);
  if (dueAt !== undefined && (parseTime(dueAt) ?? now) <= now) return chip("warn", "due");
  return script.runCount === 0 ? chip("off", "new") : chip("good", "fine");
}

/** Returns the result of a run. */
export function runState({ success }: Pick<RunSummary, "success">): Html {
  if (success === undefined) return chip("busy", "running");
  return success ? chip("good", "ok") : chip("bad", "failed");
}

/** Returns the first line of a run's error. */
export function firstLine({ stderr }: Pick<RunSummary, "stderr">): string {
  return stderr.split("\n", 1)[0]?.slice(0, 300) ?? "";
}

/** Settings of a {@link runsTable}. */
export interface RunsTable {
  readonly runs: readonly RunSummary[];
  readonly pictures: ReadonlyMap<RowId, Picture>;
  readonly now: number;
  /** True if the runs are of several scripts. */
  readonly withScripts: boolean;
}

/** Returns a table of runs. */
export function runsTable({ runs, pictures, now, withScripts }: RunsTable): Html {
  if (runs.length === 0) return html`<p class="muted">No run is recorded.</p>`;
  const script: Column<RunSummary> = { title: "Script", className: "script", cell: scriptLink };
  const picture: Column<RunSummary> = {
    title: "Picture",
    className: "optional",
    cell: ({ id }) => pictures.has(id) && screen(pictures.get(id), "thumb", `Picture of run ${id}`),
  };
  const error: Column<RunSummary> = {
    title: "Error",
    className: "text",
    cell: (run) => html`<span>${firstLine(run)}</span>`,
  };
  const columns: readonly Column<RunSummary>[] = [
    { title: "Run", className: "nowrap", cell: ({ id }) => html`<a href="/runs/${id}">${id}</a>` },
    ...(withScripts ? [script] : []),
    { title: "Result", className: "nowrap result", cell: runState },
    { title: "Started", className: "nowrap started", cell: ({ startedAt }) => timeOf(startedAt, now) },
    {
      title: "Took",
      className: "number",
      cell: ({ durationMs }) => durationMs !== undefined && durationText(durationMs),
    },
    ...(runs.some(({ id }) => pictures.has(id)) ? [picture] : []),
    ...(runs.some((run) => firstLine(run) !== "") ? [error] : []),
  ];
  return html`<div class="runs ${withScripts ? "" : "single"}">${table("Runs", columns, runs)}</div>`;
}

/** Returns a link to the script of a run. */
export function scriptLink({ scriptId, scriptName }: Pick<RunSummary, "scriptId" | "scriptName">): Html {
  if (scriptName === undefined) return html`<span class="muted">(removed)</span>`;
  return html`<a href="/scripts/${scriptId}">${nameOf(scriptName)}</a>`;
}

/** Returns links to the pages before and after this one; an undefined one is left out. */
export function pager(first: string | undefined, next: string | undefined): Html | undefined {
  if (first === undefined && next === undefined) return undefined;
  return html`<div class="pager">
    <span>${first !== undefined && html`<a href="${exact(first)}">First page</a>`}</span>
    <span>${next !== undefined && html`<a href="${exact(next)}" rel="next">Next page</a>`}</span>
  </div>`;
}
