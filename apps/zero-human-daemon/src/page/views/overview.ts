import { parseTime } from "@gvpie/app-common";
import type { RowId, ScriptSummary } from "@gvpie/daemon/store";
import { scheduleText } from "../format.ts";
import { exact, html, type Html } from "../html.ts";
import type { View } from "../layout.ts";
import { nameOf, pager, type Picture, screen, scriptState, timeOf } from "../parts.ts";

/** Groups of scripts. */
export const STATES = ["all", "failing", "running", "paused", "disabled"] as const;
export type State = (typeof STATES)[number];

/** A script of the list. */
export interface ScriptCard {
  readonly script: ScriptSummary;
  /** Its newest picture. */
  readonly picture: Picture | undefined;
  /** First line of the error of its last run. */
  readonly error: string | undefined;
}

/** A page of scripts, by name. */
export interface OverviewData {
  readonly state: State;
  /** First characters of the names. */
  readonly prefix: string;
  readonly cards: readonly ScriptCard[];
  /** True if this is not the first page. */
  readonly isLater: boolean;
  /** The last script of this page, if there is another page. */
  readonly next: RowId | undefined;
  readonly now: number;
}

export function overview({ state, prefix, cards, isLater, next, now }: OverviewData): View {
  const pathOf = (change: { state?: State; after?: RowId }): string => {
    const query = new URLSearchParams();
    const chosen = change.state ?? state;
    if (chosen !== "all") query.set("state", chosen);
    if (prefix !== "") query.set("name", prefix);
    if (change.after !== undefined) query.set("after", String(change.after));
    return query.size === 0 ? "/" : `/?${query.toString()}`;
  };
  return {
    title: "Scripts",
    section: "scripts",
    body: html`<div class="bar">
        <h1>Scripts</h1>
        <ul class="tabs">
          ${STATES.map(
            (one) =>
              html`<li>
                <a href="${exact(pathOf({ state: one }))}" ${one === state && html`aria-current="true"`}
                  >${one}</a
                >
              </li>`,
          )}
        </ul>
        <form method="get" action="/" role="search" class="row">
          ${state !== "all" && html`<input type="hidden" name="state" value="${state}" />`}
          <input
            type="search"
            name="name"
            value="${exact(prefix)}"
            placeholder="Name begins with …"
            aria-label="Name begins with"
            maxlength="200"
          />
          <button>Find</button>
        </form>
      </div>
      <div>
        ${
          cards.length === 0
            ? nothing(state, prefix)
            : html`<ul class="cards">
                ${cards.map((card) => cardOf(card, now))}
              </ul>`
        }
      </div>
      ${pager(isLater ? pathOf({}) : undefined, next === undefined ? undefined : pathOf({ after: next }))}`,
  };
}

function cardOf({ script, picture, error }: ScriptCard, now: number): Html {
  const { id, name, options, dueAt, lastRunAt, runId } = script;
  const isPlanned =
    script.enabled &&
    script.pausedAt === undefined &&
    runId === undefined &&
    (parseTime(dueAt ?? "") ?? 0) > now;
  const schedule = scheduleText(options) ?? script.lang;
  return html`<li class="card">
    ${screen(picture, "", `Latest picture of ${name}`)}
    <div class="body">
      <div class="name"><a href="/scripts/${id}" title="${name}">${nameOf(name)}</a></div>
      <div class="line">
        ${scriptState(script, now)}
        <span>${lastRunAt === undefined ? "never run" : timeOf(lastRunAt, now)}</span>
      </div>
      ${
        error === undefined
          ? html`<div class="line">
              <span title="${schedule}">${schedule}</span>
              <span>${isPlanned && dueAt !== undefined && html`next ${timeOf(dueAt, now)}`}</span>
            </div>`
          : html`<div class="problem" title="${error}">${error}</div>`
      }
    </div>
  </li>`;
}

function nothing(state: State, prefix: string): Html {
  if (prefix !== "") {
    return html`<p class="empty">
      No name of ${state === "all" ? "a" : `a ${state}`} script begins with “${prefix}”.
      <a href="/">Show all scripts</a>
    </p>`;
  }
  if (state !== "all") return html`<p class="empty">No script is ${state}.</p>`;
  return html`<p class="empty">There is no script yet. <code>gvpie scripts add</code> adds one.</p>`;
}
