import type { LogOptions } from "@gvpie/app-common/daemon";
import type { RunReport } from "@gvpie/daemon";

/** Characters of a script's text that could move the cursor, change colours or reorder the line. */
// oxlint-disable-next-line no-control-regex -- matches control characters on purpose
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One finished run as a line of stdout, without its line feed. */
export function formatRun(run: RunReport, format: LogOptions["format"]): string {
  return format === "json" ? jsonLine(run) : prettyLine(run);
}

function jsonLine(run: RunReport): string {
  const { runId, name, lang, success, durationMs, backend, cartridgePath, isNewCartridge, stderr } = run;
  return JSON.stringify({
    run: runId,
    script: name,
    lang,
    success,
    durationMs,
    backend: backend ?? null,
    cartridge: cartridgePath ?? null,
    isNewCartridge,
    error: success ? null : stderr,
  });
}

/** `ok      hello_gpu         gvpie          8 ms  cartridges/hello_gpu_1700000000000_1.png` */
function prettyLine({
  name,
  lang,
  success,
  durationMs,
  cartridgePath,
  isNewCartridge,
  stderr,
}: RunReport): string {
  const saved = cartridgePath === undefined ? "" : `${cartridgePath}${isNewCartridge ? "" : " (unchanged)"}`;
  const [reason = ""] = stderr.split("\n", 1);
  return [
    success ? "ok    " : "failed",
    name.replace(UNSAFE, "\ufffd").padEnd(16),
    lang.padEnd(9),
    `${durationMs} ms`.padStart(8),
    success ? saved : reason.replace(UNSAFE, "\ufffd"),
  ]
    .join("  ")
    .trimEnd();
}
