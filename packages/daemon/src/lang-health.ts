import type { Conditions } from "./conditions.ts";
import type { Lang, RunOutcome, ScriptStore, WorkerState } from "./store/index.ts";

/** Consecutive runs without a reply after which only one run at a time is tried. */
const MAX_TIMEOUTS = 3;
/** A run with a shorter time limit says nothing about the renderer. */
const LEAST_TIMEOUT_MS = 1_000;
/** The codes of a run whose renderer did not reply. */
const NO_REPLY = /^(FSOCK_TIMEOUT|RUN_TIMEOUT):/;
/** The codes of a run whose renderer has processed the program. A stuck one still replies that it is busy. */
const PROCESSED = /^(PXL|RASTER)_/;
/** Languages that a process outside of this one runs. */
const OUTSIDE: ReadonlySet<Lang> = new Set(["gvpie"]);
const ANSWERS = "a renderer answers again";
const REPLIES = "the renderer replies again";

/** Returns true for a failed run whose renderer did not reply. */
export function gotNoReply({ lang, stderr }: { readonly lang: Lang; readonly stderr: string }): boolean {
  return OUTSIDE.has(lang) && NO_REPLY.test(stderr);
}

/** Knows the languages whose renderer is missing or does not reply, and how many of their runs may be in progress. */
export interface LangHealth {
  /** A run waits for something outside the process. */
  waits(lang: Lang): void;
  /** A renderer has answered a run, with a picture or an error. */
  answers(lang: Lang): void;
  /** A run with this time limit has ended. */
  ended(lang: Lang, outcome: Pick<RunOutcome, "success" | "stderr">, timeoutMs: number): void;
  /** Returns the number of runs that may be in progress. */
  limit(lang: Lang): number;
  /** The languages that wait, in the form of a report. */
  readonly waiting: WorkerState["waiting"];
  /** Ends the conditions of languages that no script needs any more. */
  review(store: Pick<ScriptStore, "nextDueInMs">): Promise<void>;
}

export function createLangHealth(options: {
  readonly conditions: Conditions;
  readonly limits: Readonly<Partial<Record<Lang, number>>>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Returns true if a run of the language is in progress. */
  readonly isActive: (lang: Lang) => boolean;
}): LangHealth {
  const { conditions, limits, now, isActive } = options;
  const waiting = new Map<Lang, { readonly since: string; readonly reason: string }>();
  const timeouts = new Map<Lang, number>();
  const isStuck = (lang: Lang): boolean => (timeouts.get(lang) ?? 0) >= MAX_TIMEOUTS;

  function begin(lang: Lang, reason: string): void {
    if (!waiting.has(lang)) waiting.set(lang, { since: new Date(now()).toISOString(), reason });
  }

  function answers(lang: Lang): void {
    if (!isStuck(lang)) waiting.delete(lang);
    conditions.clear("NO_RENDERER", lang);
  }

  function works(lang: Lang): void {
    timeouts.delete(lang);
    answers(lang);
    conditions.clear("RENDERER_STUCK", lang);
  }

  return {
    waits(lang) {
      begin(lang, "no renderer answers");
      const remedy = "start gvpie-daemon for the same directory, or resume it";
      const message = `no renderer answers: ${lang} scripts wait for one; ${remedy}`;
      conditions.raise("NO_RENDERER", { level: "error", message, recovery: ANSWERS, subject: lang });
    },

    answers,

    ended(lang, { success, stderr }, timeoutMs) {
      if (!OUTSIDE.has(lang)) return;
      if (success || PROCESSED.test(stderr)) return works(lang);
      if (!gotNoReply({ lang, stderr })) return;
      if (stderr.startsWith("RUN_TIMEOUT") && timeoutMs < LEAST_TIMEOUT_MS) return;
      timeouts.set(lang, (timeouts.get(lang) ?? 0) + 1);
      if (!isStuck(lang)) return;
      begin(lang, "the renderer does not reply");
      const what = `the renderer did not reply to ${MAX_TIMEOUTS} runs in succession`;
      const message = `${what}: one ${lang} run at a time is tried until it does; restart gvpie-daemon if it lasts`;
      conditions.raise("RENDERER_STUCK", { level: "error", message, recovery: REPLIES, subject: lang });
    },

    limit(lang) {
      const given = limits[lang] ?? Infinity;
      return isStuck(lang) ? Math.min(1, given) : given;
    },

    get waiting() {
      return Array.from(waiting, ([lang, { since, reason }]) => ({ lang, since, reason }));
    },

    async review(store) {
      for (const lang of waiting.keys()) {
        if (isActive(lang) || (await store.nextDueInMs([lang])) !== undefined || isActive(lang)) continue;
        works(lang);
      }
    },
  };
}
