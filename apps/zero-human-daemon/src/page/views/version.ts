import type { RowId } from "@gvpie/daemon/store";
import { html, type Html } from "../html.ts";
import type { View } from "../layout.ts";
import { lineDiff, type DiffLine } from "../line-diff.ts";
import { codeBlock, lines, MAX_SHOWN, nameOf } from "../parts.ts";

/** A version of a script's code, and the one that replaced it. */
export interface VersionData {
  readonly id: RowId;
  readonly name: string;
  readonly version: number;
  readonly code: string;
  /** Number of the next version; undefined if that is the present code. */
  readonly nextVersion: number | undefined;
  readonly nextCode: string;
}

const SIGNS = { same: " ", added: "+", removed: "−", gap: " " } as const;

export function versionView({ id, name, version, code, nextVersion, nextCode }: VersionData): View {
  const isLong = code.length > MAX_SHOWN || nextCode.length > MAX_SHOWN;
  const next = nextVersion === undefined ? "the present code" : `version ${nextVersion}`;
  return {
    title: `${name}, version ${version}`,
    section: "scripts",
    body: html`<div class="bar">
        <h1><a href="/scripts/${id}">${nameOf(name)}</a>, version ${version}</h1>
      </div>
      <div class="stack">
        ${
          isLong
            ? html`<p class="notice">
                The code is longer than ${MAX_SHOWN / 1024} KiB, so no difference is shown.
              </p>`
            : html`<section class="panel">
                <h2>Changes to ${next}</h2>
                <pre class="diff" tabindex="0" aria-label="Changes">
${lineDiff(code, nextCode).map(lineOf)}</pre>
              </section>`
        }
        <section class="panel">
          <h2>Version ${version}</h2>
          ${codeBlock("Code", code)}
        </section>
      </div>`,
  };
}

function lineOf({ type, text }: DiffLine): Html {
  return html`<span class="${type}">${SIGNS[type]} ${lines(text)}</span>`;
}
