import { StoreError } from "./errors.ts";
import { BAD_CRON_MS } from "./next-start.ts";
import { toId, toInteger, toOptions } from "./script-columns.ts";
import { LANGS, MAX_CODE_BYTES, type Lang, type Script, type ScriptSummary } from "./types.ts";

/** Largest time of a Date in milliseconds. */
const MAX_DATE_MS = 8.64e15;

/** A row of a script without its code. */
type SummaryRow = Parameters<typeof toOptions>[0] & {
  readonly id: number | string | null;
  readonly name: string | null;
  readonly lang: string | null;
  readonly code_bytes: number | null;
  readonly runs: number | null;
  readonly created_at: string | null;
  readonly last_run_at: string | null;
  readonly run_count: number | null;
  readonly success_count: number | null;
  readonly paused_at: string | null;
  readonly failures: number | null;
  readonly run_id: number | string | null;
  readonly due_at_ms: number | null;
  readonly cron_at_ms: number | null;
};

/** @param skew the milliseconds that the wall clock is ahead of the store's clock. */
export function toSummary(row: SummaryRow, skew: number): ScriptSummary {
  const refused = row.runs === 0 ? refusal(row) : undefined;
  const dueAt = row.paused_at === null ? wallTimeOf(row, skew) : undefined;
  return {
    id: toId(row.id),
    name: row.name ?? "",
    lang: (row.lang ?? "") as Lang,
    codeBytes: row.code_bytes ?? 0,
    enabled: Boolean(row.runs),
    ...(refused !== undefined && { refused }),
    createdAt: row.created_at ?? undefined,
    lastRunAt: row.last_run_at ?? undefined,
    runCount: toInteger(row.run_count ?? 0),
    successCount: toInteger(row.success_count ?? 0),
    options: toOptions(row),
    ...(row.paused_at !== null && { pausedAt: row.paused_at }),
    failures: toInteger(row.failures ?? 0),
    ...(row.run_id !== null && { runId: toId(row.run_id) }),
    ...(dueAt !== undefined && { dueAt }),
  };
}

/** Returns the next start by the wall clock, to show to people; undefined if no loop has seen the script since it was edited. */
function wallTimeOf({ due_at_ms: due, cron_at_ms: cron }: SummaryRow, skew: number): string | undefined {
  if (due === null || due === 0) return undefined;
  const at = due + skew;
  // The skew may have moved a little since the due time of a cron line was derived.
  const ms = cron !== null && Math.abs(at - cron) < 1_000 ? cron : at;
  return Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString() : undefined;
}

/** Returns the reason why the triggers do not schedule an enabled script. */
function refusal({ id, lang, cron, cron_at_ms }: SummaryRow): string {
  if (typeof toId(id) === "bigint") return `id: expected an integer within ±(2⁵³ − 1), got ${id}`;
  if (LANGS.some((known) => known === lang)) {
    if (cron_at_ms === BAD_CRON_MS) {
      return `cron: expected a line that occurs in a known time zone, got ${JSON.stringify(cron)}`;
    }
    return "its row in script_schedule has been altered; disable and enable it";
  }
  return `lang: expected ${LANGS.join(", ")}; got ${lang === null ? "a value that is not text" : JSON.stringify(lang)}`;
}

/** @throws {StoreError} `STORE_BAD_SCRIPT` if the code is too long. */
export function toScript(row: SummaryRow & { readonly code: string | null }, skew: number): Script {
  if (row.code === null && row.code_bytes !== null) {
    const message = `expected at most ${MAX_CODE_BYTES} bytes of code, got ${row.code_bytes}`;
    throw new StoreError("STORE_BAD_SCRIPT", `${JSON.stringify(row.name)}: ${message}`);
  }
  return { ...toSummary(row, skew), code: row.code ?? "" };
}
