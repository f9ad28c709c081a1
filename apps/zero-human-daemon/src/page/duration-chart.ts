import type { RunSummary } from "@gvpie/daemon/store";
import { durationText } from "./format.ts";
import { html, type Html } from "./html.ts";

const WIDTH = 600;
const HEIGHT = 72;
const BARS = 100;

/** Returns the durations of the last runs, newest at the right, as bars. */
export function durationChart(runs: readonly RunSummary[]): Html | undefined {
  const shown = runs.slice(0, BARS).reverse();
  const known = shown.map(({ durationMs = 0 }) => durationMs);
  if (shown.length === 0) return undefined;
  const longest = Math.max(1, ...known);
  const failed = shown.filter(({ success }) => success === false).length;
  const middle = known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0;
  const step = WIDTH / BARS;
  const offset = WIDTH - shown.length * step;
  const facts = `${shown.length} runs, ${failed} failed; median ${durationText(middle)}, longest ${durationText(longest)}`;
  return html`<svg
      class="chart"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="Durations: ${facts}"
    >
      <line x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}" />
      ${shown.map(({ id, durationMs = 0, success }, index) => {
        const height = Math.max(2, Math.round((durationMs / longest) * (HEIGHT - 4)));
        const tone = success === undefined ? "busy" : success ? "" : "bad";
        const title = `Run ${id}: ${success === undefined ? "running" : durationText(durationMs)}${success === false ? ", failed" : ""}`;
        return html`<rect
          class="${tone}"
          x="${offset + index * step + 0.75}"
          y="${HEIGHT - height}"
          width="${step - 1.5}"
          height="${height}"
          ><title>${title}</title></rect
        >`;
      })}
    </svg>
    <p class="legend">
      <span>median ${durationText(middle)}, longest ${durationText(longest)}</span>
      <span
        >${failed > 0 && html`<span class="bad-text">${failed} failed</span> of `}the last
        ${shown.length}</span
      >
    </p>`;
}
