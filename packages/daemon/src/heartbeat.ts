import { hostname } from "node:os";
import type { ScriptStore, WorkerState } from "./store/index.ts";

/** Milliseconds between two reports of an unchanged state. */
export const BEAT_MS = 15_000;
/** Milliseconds between two looks at the state. */
const PULSE_MS = 1_000;
/** Looks at the state between two reviews. */
const REVIEW_PULSES = 15;
/** Milliseconds that the last report may take. */
const LAST_BEAT_MS = 500;

/** Reports the state of this process in the database, for other processes. */
export interface Heartbeat {
  /** Writes the last report, unless the database is failing. */
  stop(): Promise<void>;
}

export function startHeartbeat(options: {
  readonly store: Pick<ScriptStore, "beat">;
  readonly version: string;
  readonly startedAt: string;
  /** True to report at once; false to report only if the process runs for longer than the interval of reports. */
  readonly atOnce: boolean;
  readonly state: () => WorkerState;
  /** Called about once a second. */
  readonly onPulse: () => void;
  /** Called about every 15 s, unless the last call has not ended. */
  readonly onReview: () => Promise<void>;
  readonly onSuccess: () => void;
  readonly onFailure: (error: unknown) => void;
}): Heartbeat {
  const { store, version, startedAt, state, onPulse, onReview, onSuccess, onFailure } = options;
  const host = hostname();
  const { pid } = process;
  let pending: Promise<void> | undefined;
  let review: Promise<void> | undefined;
  let pulses = 0;
  let beatAt = options.atOnce ? -Infinity : performance.now();
  let hasFailed = false;
  let hasBeaten = false;
  let reported = "";

  async function beat(stopped: boolean): Promise<void> {
    beatAt = performance.now();
    const present = state();
    try {
      await store.beat({ host, pid, version, startedAt, state: present, ...(stopped && { stopped }) });
      reported = changeable(present);
      hasFailed = false;
      hasBeaten = true;
      onSuccess();
    } catch (error) {
      hasFailed = true;
      onFailure(error);
    }
  }

  function pulse(): void {
    onPulse();
    if (++pulses % REVIEW_PULSES === 0) review ??= onReview().finally(() => (review = undefined));
    if (pending) return;
    const isDue = performance.now() - beatAt >= BEAT_MS;
    const isChanged = hasBeaten && !hasFailed && changeable(state()) !== reported;
    if (isDue || isChanged) pending = beat(false).finally(() => (pending = undefined));
  }

  const timer = setInterval(pulse, PULSE_MS);
  pulse();
  return {
    async stop() {
      clearInterval(timer);
      await review;
      if (!hasBeaten || hasFailed) return;
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (deadline = setTimeout(resolve, LAST_BEAT_MS)));
      await Promise.race([Promise.resolve(pending).then(() => beat(true)), late]);
      clearTimeout(deadline);
    },
  };
}

/** The parts of a state whose changes are reported at once; the numbers of runs change all the time. */
function changeable({ conditions, waiting }: WorkerState): string {
  return JSON.stringify([conditions.map(({ code, level, since }) => [code, level, since]), waiting]);
}
