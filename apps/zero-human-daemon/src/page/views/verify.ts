import type { RowId, Run } from "@gvpie/daemon/store";
import { html } from "../html.ts";
import type { View } from "../layout.ts";
import { scriptLink } from "../parts.ts";

/** A cartridge to verify, and a run that drew it. */
export interface VerifyData {
  readonly cartridge: RowId;
  readonly fileName: string;
  readonly run: Run | undefined;
}

/** The script of the page fills in the verdict: it fetches the file, and draws its program with the packages themselves. */
export function verifyView({ cartridge, fileName, run }: VerifyData): View {
  const file = html`/cartridges/${cartridge}.png`;
  return {
    title: `Verify ${fileName}`,
    section: "runs",
    script: "/verify.js",
    body: html`<div class="bar"><h1>Verify</h1></div>
      <p class="muted">
        ${run && html`${scriptLink(run)} → <a href="/runs/${run.id}">run ${run.id}</a> →`}
        <span class="mono">${fileName}</span> (<a href="${file}">download</a>)
      </p>
      <div id="verify" data-file="${file}" class="stack">
        <section class="panel">
          <p id="verdict" class="verdict" role="status">Nothing is verified yet: this needs JavaScript.</p>
          <p id="explanation" class="muted">
            The program in the file is drawn again in this browser and every pixel compared.
            <code>gvpie verify</code> does the same on a command line.
          </p>
        </section>
        <div class="pair" hidden>
          <section class="panel">
            <h2>In the file</h2>
            <div class="screen hero">
              <canvas id="frame" role="img" aria-label="Picture in the file"></canvas>
            </div>
          </section>
          <section class="panel">
            <h2>Drawn here by its program</h2>
            <div class="screen hero">
              <canvas id="drawn" role="img" aria-label="Picture that the program draws"></canvas>
            </div>
          </section>
        </div>
        <section class="panel" id="program" hidden>
          <h2>Program</h2>
          <pre tabindex="0" aria-label="Program"></pre>
        </section>
      </div>`,
  };
}
