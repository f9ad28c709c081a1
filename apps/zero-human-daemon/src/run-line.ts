import { printable, printableJson } from "@gvpie/app-common";
import type { LogOptions } from "@gvpie/app-common/daemon";
import type { RunReport } from "@gvpie/daemon";

/**
 * One finished run as a line of stdout, without its line feed. Unsafe characters of a script's text are escaped.
 *
 * @param time Unix milliseconds of its end.
 */
export function formatRun(run: RunReport, format: LogOptions["format"], time: number): string {
  return format === "json" ? printableJson(jsonLine(run, time)) : printable(prettyLine(run));
}

function jsonLine(run: RunReport, time: number): string {
  const { runId, name, lang, success, durationMs, backend, cartridgePath, isNewCartridge, stderr } = run;
  return JSON.stringify({
    time: new Date(time).toISOString(),
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
    name.padEnd(16),
    lang.padEnd(9),
    `${durationMs} ms`.padStart(8),
    success ? saved : reason,
  ]
    .join("  ")
    .trimEnd();
}
