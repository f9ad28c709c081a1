import type { Run } from "@gvpie/daemon/store";
import { durationText } from "../format.ts";
import { html, type Html } from "../html.ts";
import type { View } from "../layout.ts";
import { codeBlock, lines, MAX_SHOWN, type Picture, runState, screen, scriptLink, timeOf } from "../parts.ts";

/** A run, with the program in its cartridge. */
export interface RunData {
  readonly run: Run;
  readonly picture: Picture | undefined;
  /** The drawing record of the cartridge; undefined if it has none. */
  readonly record:
    | {
        readonly program: string | undefined;
        readonly language: string;
        readonly engine: string | undefined;
        readonly checksum: string | undefined;
        readonly width: number;
        readonly height: number;
        readonly params: Readonly<Record<string, string | number>>;
      }
    | undefined;
  readonly now: number;
}

export function runView({ run, picture, record, now }: RunData): View {
  const { id, startedAt, finishedAt, durationMs, backend, capability, cartridgePath, stdout, stderr } = run;
  return {
    title: `Run ${id}`,
    section: "runs",
    body: html`<div class="bar">
        <h1>Run ${id} of ${scriptLink(run)}</h1>
        ${runState(run)}
      </div>
      <div class="columns">
        <div class="stack">
          <section class="panel" aria-label="Picture">
            ${screen(picture, "hero", `Picture of run ${id}`)}
            ${
              picture === undefined
                ? html`<p class="muted">
                    ${cartridgePath === undefined ? "This run saved no cartridge." : "Its cartridge is not in a recorded folder on this machine, or was removed."}
                  </p>`
                : html`<p>
                    <a class="button" href="/cartridges/${picture.id}/verify?run=${id}"
                      >Verify in the browser</a
                    >
                  </p>`
            }
          </section>
        </div>
        <div class="stack">
          <section class="panel" aria-label="Facts">
            <dl>
              <dt>Started</dt>
              <dd>${timeOf(startedAt, now)} <span class="muted small">${startedAt}</span></dd>
              ${
                finishedAt !== undefined &&
                html`<dt>Finished</dt>
                  <dd>${timeOf(finishedAt, now)}</dd>`
              }
              ${
                durationMs !== undefined &&
                html`<dt>Took</dt>
                  <dd>${durationText(durationMs)}</dd>`
              }
              ${
                backend !== undefined &&
                html`<dt>Backend</dt>
                  <dd>${backend}</dd>`
              }
              ${
                run.lang !== undefined &&
                html`<dt>Language</dt>
                  <dd>${run.lang}</dd>`
              }
              ${
                cartridgePath !== undefined &&
                html`<dt>Cartridge</dt>
                  <dd class="mono">${cartridgePath}</dd>`
              }
              ${
                capability &&
                html`<dt>Capability</dt>
                  <dd class="mono">${capability.leaf}</dd>`
              }
              ${record && recordFacts(record)}
            </dl>
          </section>
          ${output("Error", stderr)} ${output("Output", stdout)}
          ${record?.program !== undefined && program(record.program)}
        </div>
      </div>`,
  };
}

function recordFacts({ width, height, engine, checksum, params }: NonNullable<RunData["record"]>): Html {
  const names = Object.entries(params);
  return html`<dt>Canvas</dt>
    <dd>${width} × ${height}</dd>
    ${
      engine !== undefined &&
      html`<dt>Drawn by</dt>
        <dd>${engine}</dd>`
    }
    ${
      names.length > 0 &&
      html`<dt>Parameters</dt>
        <dd class="mono">${names.map(([name, value]) => `${name}=${value} `)}</dd>`
    }
    ${
      checksum !== undefined &&
      html`<dt>SHA-256</dt>
        <dd class="mono">${checksum}</dd>`
    }`;
}

function output(title: string, text: string): Html | undefined {
  if (text === "") return undefined;
  return html`<section class="panel">
    <h2>${title}</h2>
    <pre tabindex="0" aria-label="${title}">${lines(text)}</pre>
  </section>`;
}

function program(text: string): Html {
  const isLong = text.length > MAX_SHOWN;
  return html`<section class="panel">
    <h2>Program in the cartridge</h2>
    ${codeBlock("Program", text)}
    ${isLong && html`<p class="muted">Only the first ${MAX_SHOWN / 1024} KiB are shown.</p>`}
  </section>`;
}
