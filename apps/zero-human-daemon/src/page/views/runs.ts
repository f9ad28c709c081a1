import type { RowId, Run, RunFilter } from "@gvpie/daemon/store";
import { exact, html } from "../html.ts";
import type { View } from "../layout.ts";
import { pager, type Picture, runsTable } from "../parts.ts";

export const RESULTS = ["all", "failed", "running", "succeeded"] as const;

/** A page of runs, newest first. */
export interface RunsData {
  readonly filter: Pick<RunFilter, "script" | "result" | "since" | "until">;
  readonly runs: readonly Run[];
  readonly pictures: ReadonlyMap<RowId, Picture>;
  readonly isLater: boolean;
  /** The last id of this page, if there is another page. */
  readonly next: RowId | undefined;
  readonly now: number;
}

export function runs({ filter, runs, pictures, isLater, next, now }: RunsData): View {
  const { script = "", result, since = "", until = "" } = filter;
  const pathOf = (chosen: string | undefined, before?: RowId): string => {
    const query = new URLSearchParams();
    if (chosen !== undefined && chosen !== "all") query.set("result", chosen);
    for (const [name, value] of Object.entries({ script, since, until })) {
      if (value !== "") query.set(name, value);
    }
    if (before !== undefined) query.set("before", String(before));
    return query.size === 0 ? "/runs" : `/runs?${query.toString()}`;
  };
  return {
    title: "Runs",
    section: "runs",
    body: html`<div class="bar">
        <h1>Runs</h1>
        <ul class="tabs">
          ${RESULTS.map(
            (one) =>
              html`<li>
                <a href="${exact(pathOf(one))}" ${one === (result ?? "all") && html`aria-current="true"`}
                  >${one}</a
                >
              </li>`,
          )}
        </ul>
      </div>
      <form method="get" action="/runs" class="bar row filter">
        ${result !== undefined && html`<input type="hidden" name="result" value="${result}" />`}
        <label>Script <input name="script" value="${exact(script)}" maxlength="1000" /></label>
        <label
          >Since (UTC)
          <input name="since" value="${exact(since)}" placeholder="2026-11-28 02:00" maxlength="40"
        /></label>
        <label
          >Until (UTC) <input name="until" value="${exact(until)}" placeholder="2026-11-29" maxlength="40"
        /></label>
        <button>Show</button>
      </form>
      <div class="panel">${runsTable({ runs, pictures, now, withScripts: true })}</div>
      ${pager(isLater ? pathOf(result) : undefined, next === undefined ? undefined : pathOf(result, next))}`,
  };
}
