/** The style sheet of the page. Pictures are shown at whole multiples of their usual size, 128 × 64. */
export const STYLES: string = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --surface: #fff; --ink: #1c2128; --muted: #57606a; --line: #dce1e7; --soft: #eef1f4;
  --accent: #0b57c2; --good: #17692f; --warn: #805300; --bad: #b3261e; --good-soft: #e3f4e8; --warn-soft: #fbf0d5;
  --bad-soft: #fdeae8; --accent-soft: #e4eefb; --screen: #000;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1217; --surface: #171b22; --ink: #e4e8ee; --muted: #9aa4b1; --line: #2a313b; --soft: #1f252e;
    --accent: #78b4ff; --good: #66cf82; --warn: #e5b74b; --bad: #ff8d84; --good-soft: #16301e; --warn-soft: #33280f;
    --bad-soft: #3b1917; --accent-soft: #14283f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1 { font-size: 20px; line-height: 1.25; margin: 0; font-weight: 650; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
h2 { font-size: 14px; margin: 0 0 8px; font-weight: 650; }
p { margin: 0 0 8px; }
p, li { overflow-wrap: anywhere; }
code, pre, .mono:not(input) { font-family: var(--mono); font-size: 12.5px; }
.muted { color: var(--muted); }
.small { font-size: 12.5px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--surface); padding: 6px 10px; z-index: 2; }

.top { background: var(--surface); border-bottom: 1px solid var(--line); }
.top > div, main, footer { max-width: 1152px; margin: 0 auto; padding: 0 20px; }
.top > div { display: flex; flex-wrap: wrap; align-items: center; gap: 0 24px; min-height: 48px; }
.brand { font-weight: 650; color: var(--ink); display: flex; align-items: center; gap: 8px; }
.brand svg { width: 20px; height: 12px; }
nav { display: flex; gap: 4px; }
nav a { color: var(--muted); padding: 13px 10px 11px; border-bottom: 2px solid transparent; }
nav a:hover { color: var(--ink); text-decoration: none; }
nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
.facts { margin: 0 0 0 auto; display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--muted); padding: 4px 0; list-style: none; }
.facts a { color: inherit; }
.facts b { color: var(--ink); font-weight: 600; }
.facts .bad b, .facts .bad { color: var(--bad); }
main { padding-top: 20px; padding-bottom: 32px; }
footer { color: var(--muted); font-size: 12.5px; padding-bottom: 32px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px; }
footer form { margin-left: auto; }
.notice { border: 1px solid var(--line); border-left: 3px solid var(--accent); background: var(--surface); padding: 8px 12px; margin: 0 0 16px; border-radius: 4px; overflow-wrap: anywhere; }
.notice.bad { border-left-color: var(--bad); }
.notice.warn { border-left-color: var(--warn); }
.notice.good { border-left-color: var(--good); }
.notices { display: grid; gap: 8px; margin: 0; padding: 0; list-style: none; }
.notices .notice { margin: 0; }

.bar { display: flex; flex-wrap: wrap; gap: 10px 12px; align-items: center; margin: 0 0 16px; }
.bar h1 { margin-right: auto; }
.tabs { display: flex; flex-wrap: wrap; gap: 4px; padding: 0; margin: 0; list-style: none; }
.tabs a { display: block; padding: 4px 10px; border-radius: 14px; color: var(--muted); }
.tabs a:hover { background: var(--soft); text-decoration: none; }
.tabs a[aria-current] { background: var(--accent-soft); color: var(--accent); }
form { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; }
label { display: grid; gap: 3px; font-size: 12.5px; color: var(--muted); }
input, select, button, .button {
  font: inherit; font-size: 14px; color: var(--ink); background: var(--surface); border: 1px solid var(--line);
  border-radius: 6px; padding: 5px 10px; min-height: 32px; max-width: 100%;
}
input, select { border-color: color-mix(in srgb, var(--muted) 55%, var(--line)); }
button, .button { cursor: pointer; background: var(--soft); font-weight: 550; display: inline-flex; align-items: center; justify-content: center; }
button:hover, .button:hover { border-color: var(--muted); text-decoration: none; }
footer button { background: none; font-weight: 400; color: var(--muted); }
input.mono { font-family: var(--mono); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--surface); }

.chip { display: inline-flex; align-items: center; gap: 5px; white-space: nowrap; font-size: 12.5px; color: var(--muted); }
.chip::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: currentColor; }
.chip.good { color: var(--good); } .chip.bad { color: var(--bad); } .chip.warn { color: var(--warn); } .chip.busy { color: var(--accent); }
.chip.off::before { background: transparent; border: 2px solid currentColor; }
.chip.busy::before { animation: pulse 1.6s ease-in-out infinite; }
.chip.bad::before { border-radius: 1px; }
@keyframes pulse { 50% { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .chip.busy::before { animation: none; } }

.screen { background: var(--screen); display: flex; align-items: center; justify-content: center; overflow: hidden; color: #9aa4b1; font-size: 12.5px; }
.screen img { display: block; width: 100%; height: 100%; object-fit: contain; image-rendering: pixelated; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, 258px); gap: 20px; justify-content: space-between; padding: 0; margin: 0; list-style: none; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; position: relative; }
.card:hover { border-color: var(--muted); }
.card .screen { width: 256px; height: 128px; }
.card .body { padding: 9px 12px 10px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 3px; min-width: 0; }
.card .name { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.card .name a { color: inherit; }
.card .name a::after { content: ""; position: absolute; inset: 0; }
.card .line { display: flex; justify-content: space-between; gap: 8px; font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.card .line > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.card .line > :last-child { flex: none; }
.card .problem { font-size: 12.5px; color: var(--bad); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.empty { border: 1px dashed var(--line); border-radius: 8px; padding: 40px 20px; text-align: center; color: var(--muted); }

.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; min-width: 0; }
.panel > :last-child { margin-bottom: 0; }
.columns { display: grid; grid-template-columns: 546px minmax(0, 1fr); gap: 20px; align-items: start; }
.stack { display: grid; gap: 20px; min-width: 0; }
.hero { width: 512px; height: 256px; border-radius: 4px; margin: 0 0 10px; }
.wide { margin-top: 20px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 0; align-items: baseline; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.list { margin: 0; padding-left: 18px; }
.strip { display: flex; gap: 10px; overflow-x: auto; padding: 2px 2px 8px; margin: 0 -2px; list-style: none; }
.strip li { flex: none; width: 128px; }
.strip .screen { width: 128px; height: 64px; border-radius: 3px; }
.strip a { display: block; color: var(--muted); font-size: 12px; }
.chart { display: block; width: 100%; height: 72px; }
.chart rect { fill: var(--accent); } .chart rect.bad { fill: var(--bad); } .chart rect.busy { fill: var(--muted); }
.chart line { stroke: var(--line); }
.legend { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; color: var(--muted); font-size: 12.5px; margin: 4px 0 0; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 550; font-size: 12.5px; color: var(--muted); border-bottom: 1px solid var(--line); padding: 4px 12px 6px 0; white-space: nowrap; }
td { border-bottom: 1px solid var(--soft); padding: 6px 12px 6px 0; vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:last-child, th:last-child { padding-right: 0; }
td.nowrap { white-space: nowrap; }
td.script { max-width: 220px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; padding-right: 28px; }
td.number:last-child, th.number:last-child { padding-right: 0; }
td.text { overflow-wrap: anywhere; min-width: 160px; }
td.text span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.thumb { width: 64px; height: 32px; border-radius: 2px; display: block; }
pre { margin: 0; padding: 10px 12px; background: var(--soft); border-radius: 5px; overflow: auto; max-height: 480px; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
pre.diff { padding: 10px 0; }
pre.diff span { display: block; padding: 0 12px; }
.added { background: var(--good-soft); color: var(--good); }
.removed { background: var(--bad-soft); color: var(--bad); }
.gap { color: var(--muted); }
.bad-text { color: var(--bad); }
details > summary { cursor: pointer; color: var(--accent); padding: 2px 0; }
details[open] > summary { margin-bottom: 8px; }
.pager { display: flex; justify-content: space-between; gap: 12px; margin: 20px 0 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 546px), 1fr)); gap: 20px; }
.pair[hidden] { display: none; }
.screen canvas { width: 100%; height: 100%; object-fit: contain; image-rendering: pixelated; }
.narrow { max-width: 420px; padding-top: 12vh; display: grid; gap: 16px; }
.verdict { font-size: 16px; font-weight: 600; }

@media (max-width: 1000px) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 620px) {
  .top > div, main, footer { padding-left: 14px; padding-right: 14px; }
  .top > div { gap: 0 12px; padding-top: 6px; }
  nav { order: 3; width: 100%; margin: 0 -10px; }
  .facts { margin-left: 0; width: 100%; }
  nav a { padding: 8px 10px 7px; }
  .facts { gap: 2px 12px; font-size: 12.5px; }
  main { padding-top: 14px; }
  .bar { margin-bottom: 12px; }
  .bar h1 { width: 100%; }
  .row label { flex: 1 1 110px; min-width: 0; }
  .row input { width: 100%; min-width: 0; }
  .filter label:first-of-type { flex-basis: 100%; }
  .filter button { width: 100%; }
  td.number, th.number { padding-right: 12px; }
  form[role="search"] { width: 100%; }
  form[role="search"] input { flex: 1; min-width: 0; }
  .bar .chip { margin-right: auto; }
  .tabs { margin: 0 -10px; }
  .cards { grid-template-columns: minmax(0, 1fr); gap: 10px; }
  .card { display: flex; }
  .card .screen { flex: none; width: 128px; height: 64px; margin: 10px 0 10px 10px; border-radius: 3px; }
  .card .body { flex: 1; padding: 8px 12px; }
  .hero { width: 100%; height: auto; aspect-ratio: 2; }
  .panel { padding: 12px; }
  .columns, .stack { gap: 14px; }
  .optional { display: none; }
  td.text { min-width: 120px; }
  .runs thead { position: absolute; clip-path: inset(50%); }
  .runs tr { display: grid; grid-template-columns: 64px minmax(0, 1fr) auto; gap: 2px 8px; padding: 8px 0; border-bottom: 1px solid var(--soft); }
  .runs tr:last-child { border-bottom: 0; }
  .runs td { border: 0; padding: 0; }
  .runs td.script { max-width: none; }
  .runs td.result { justify-self: end; }
  .runs.single tr { grid-template-columns: 64px minmax(0, 1fr) 80px 64px; }
  .runs.single td.result { justify-self: start; }
  .runs td.started { grid-column: 2; color: var(--muted); }
  .runs.single td.started { grid-column: 3; text-align: right; }
  .runs td.number { padding: 0; color: var(--muted); }
  .runs td.text { grid-column: 1 / -1; color: var(--bad); font-size: 12.5px; }
  .runs td:empty { display: none; }
  input, select, button, .button { min-height: 40px; font-size: 16px; }
}
`;
