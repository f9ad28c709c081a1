import { column } from "./operator-command.ts";
import type { PageLoop } from "./page-loop.ts";

/** The replies of a page while its database cannot be written. */
export interface PageAnswers {
  /** Statuses of the views. A database that is only locked or full can still be read. */
  readonly views: readonly number[];
  /** Statuses of the forms. */
  readonly forms: readonly number[];
  /** Forms that were refused without a sentence that names the cause. */
  readonly wordless: number;
  /** Requested runs that the page has confirmed and the database does not have, and the other way round. */
  readonly unequal: number;
}

const VIEWS = ["/", "/runs", "/daemons", "/scripts/2", "/healthz"];
const CAUSE = /STORE_(?:LOCKED: .*another process|FULL: .*the disk is full)/s;

/** Asks for each view, and sends the form that requests a run, a few times. */
export async function askPage({ ask }: PageLoop, path: string): Promise<PageAnswers> {
  const requests = (): number => Number(column(path, "SELECT count(*) FROM run_requests")[0]);
  const before = requests();
  const views: number[] = [];
  const forms: number[] = [];
  let wordless = 0;
  for (const view of VIEWS) views.push((await ask(view, { timeoutMs: 15_000 })).status);
  for (let i = 0; i < 2; i++) {
    const { status, text } = await ask("/scripts/2/run", { method: "POST", timeoutMs: 15_000 });
    forms.push(status);
    if (status !== 303 && !CAUSE.test(text)) wordless++;
  }
  const confirmed = forms.filter((status) => status === 303).length;
  return { views, forms, wordless, unequal: Math.abs(requests() - before - confirmed) };
}
