import type { Conditions } from "./conditions.ts";
import type { Lang, WorkerState } from "./store/index.ts";

/** Knows the languages whose runs wait for something outside the process. */
export interface LangHealth {
  /** A run waits. */
  waits(lang: Lang): void;
  /** The process answers that the runs of a language wait for. */
  answers(lang: Lang): void;
  /** The languages that wait, in the form of a report. */
  readonly waiting: WorkerState["waiting"];
}

const REASON = "no renderer answers";

export function createLangHealth(conditions: Conditions, now: () => number): LangHealth {
  const waiting = new Map<Lang, string>();
  return {
    waits(lang) {
      if (!waiting.has(lang)) waiting.set(lang, new Date(now()).toISOString());
      conditions.raise("NO_RENDERER", {
        level: "error",
        message: `no renderer answers: ${lang} scripts wait for one; is gvpie-daemon running in the same directory?`,
        recovery: "a renderer answers again",
        subject: lang,
      });
    },
    answers(lang) {
      waiting.delete(lang);
      conditions.clear("NO_RENDERER", lang);
    },
    get waiting() {
      return Array.from(waiting, ([lang, since]) => ({ lang, since, reason: REASON }));
    },
  };
}
