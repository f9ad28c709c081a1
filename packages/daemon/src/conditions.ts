import type { Condition } from "./store/index.ts";
import type { ConditionChange, DaemonEvent } from "./types.ts";

/** Milliseconds after its start at which a condition is reported again; later every {@link LAST_REPEAT_MS}. */
const REPEATS_MS = [60_000, 300_000, 900_000, 3_600_000];
const LAST_REPEAT_MS = 21_600_000;
/** Lines a minute about conditions of one code; the rest are only counted. */
const MAX_LINES = 20;
const WINDOW_MS = 60_000;
/** Conditions of an earlier loop that this one finds again at its start, if they last. */
const INHERITED: ReadonlySet<string> = new Set(["NO_RENDERER", "RENDERER_STUCK", "DISK_LOW", "OVERDUE"]);
/** Milliseconds in which it finds them. */
const INHERITED_MS = 180_000;
const MAX_INHERITED_MESSAGE = 500;
/** Subjects that one line names. */
const MAX_NAMES = 3;

/** Facts of a condition that begins, or goes on. */
export interface ConditionFacts {
  readonly level: Condition["level"];
  /** One line for people: what is wrong, and what to do. */
  readonly message: string;
  /** One clause for people, completed with "after 7 min" when the condition ends, such as "a renderer answers again". */
  readonly recovery: string;
  /** Distinguishes conditions of one code, such as the name of a script. */
  readonly subject?: string | undefined;
}

/** The things that are wrong at present. */
export interface Conditions {
  /**
   * Begins a condition. If it lasts already, its facts are replaced, which is not reported.
   *
   * @param since the start of a condition that an earlier loop has reported: it is repeated, not raised.
   */
  raise(code: string, facts: ConditionFacts, since?: string): void;
  /**
   * Takes over the conditions that lasted when the last loop ended. A condition that begins again within minutes has lasted since then;
   * each other one is reported as ended.
   */
  inherit(conditions: readonly Condition[]): void;
  /** Ends a condition, if it lasts. */
  clear(code: string, subject?: string): void;
  /** Returns the subjects of the conditions with a code that last. */
  subjects(code: string): readonly (string | undefined)[];
  /** Returns one condition for each code; one with several subjects names the first ones. */
  list(): readonly Condition[];
  /** Reports the conditions that have lasted for another interval. To be called about once a second. */
  tick(): void;
}

interface Lasting {
  readonly code: string;
  readonly since: string;
  /** By the monotonic clock, as all times here. */
  readonly startedAt: number;
  facts: ConditionFacts;
  repeats: number;
  repeatAt: number;
}

/** The lines about one code in the present minute. */
interface Window {
  readonly startedAt: number;
  lines: number;
  readonly omitted: Record<ConditionChange["type"], number>;
}

/** The two clocks. */
export interface ConditionClock {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
}

export function createConditions(options: {
  readonly clock: ConditionClock;
  readonly emit: (event: DaemonEvent) => void;
  /** Called for every change, also for one that the log only counts. */
  readonly onChange: (change: ConditionChange) => void;
}): Conditions {
  const { clock, emit, onChange } = options;
  const lasting = new Map<string, Map<string | undefined, Lasting>>();
  const windows = new Map<string, Window>();
  const inherited = new Map<string, Condition>();
  let inheritedUntil = 0;

  function report(type: ConditionChange["type"], one: Lasting): void {
    const { code, since, facts } = one;
    const lastedMs = Math.max(0, Math.round(clock.monotonic() - one.startedAt));
    const { level, message, subject } = facts;
    const text = line();
    onChange({ type, condition: { code, level, message, since }, message: text, subject, lastedMs });
    if (!countLine(code, type)) return;
    const fields = { code, change: type, lastedMs, ...(subject !== undefined && { subject }) };
    emit({ type: "condition", level: type === "cleared" ? "info" : level, message: text, fields });

    function line(): string {
      if (type === "raised") return message;
      const time = durationText(lastedMs);
      return type === "repeated" ? `still, for ${time}: ${message}` : `${facts.recovery} after ${time}`;
    }
  }

  /** Returns false if the line is one too many in this minute. */
  function countLine(code: string, type: ConditionChange["type"]): boolean {
    let window = windows.get(code);
    if (!window) {
      const omitted = { raised: 0, repeated: 0, cleared: 0 };
      windows.set(code, (window = { startedAt: clock.monotonic(), lines: 0, omitted }));
    }
    if (++window.lines <= MAX_LINES) return true;
    window.omitted[type]++;
    return false;
  }

  function closeWindows(now: number): void {
    for (const [code, { startedAt, omitted }] of windows) {
      if (now - startedAt < WINDOW_MS) continue;
      windows.delete(code);
      const { raised, repeated, cleared } = omitted;
      if (raised + repeated + cleared === 0) continue;
      const message = `${code}: in the last minute also ${raised} more began, ${repeated} went on, ${cleared} ended`;
      emit({ type: "condition", level: "warn", message, fields: { code, ...omitted } });
    }
  }

  /** Ends the conditions of an earlier loop that have not begun again. */
  function dropInherited(): void {
    for (const { code, level, message, since } of inherited.values()) {
      if (lasting.has(code)) continue;
      const recovery = `${code}, which lasted before the restart, has not begun again`;
      const facts = { level, message: message.slice(0, MAX_INHERITED_MESSAGE), recovery };
      report("cleared", {
        code,
        since: validTime(since),
        startedAt: startOf(since),
        facts,
        repeats: 0,
        repeatAt: 0,
      });
    }
    inherited.clear();
  }

  /** Returns the monotonic time of a time that any program may have written. */
  function startOf(since: string): number {
    const ageMs = clock.now() - Date.parse(since);
    return clock.monotonic() - (ageMs > 0 ? ageMs : 0);
  }

  /** Returns a time that any program may have written, or else the present one. */
  function validTime(since: string | undefined): string {
    return Number.isNaN(Date.parse(since ?? "")) ? new Date(clock.now()).toISOString() : (since ?? "");
  }

  /** Counts the reminders until now, and sets the time of the next one. */
  function skipRepeats(one: Lasting, now: number): void {
    while (one.repeatAt <= now) {
      const nextMs = REPEATS_MS[++one.repeats];
      one.repeatAt = nextMs === undefined ? one.repeatAt + LAST_REPEAT_MS : one.startedAt + nextMs;
    }
  }

  return {
    inherit(conditions) {
      for (const one of conditions) if (INHERITED.has(one.code)) inherited.set(one.code, one);
      inheritedUntil = clock.monotonic() + INHERITED_MS;
    },

    raise(code, facts, givenSince) {
      let ofCode = lasting.get(code);
      if (!ofCode) lasting.set(code, (ofCode = new Map()));
      const known = ofCode.get(facts.subject);
      if (known) {
        known.facts = facts;
        return;
      }
      const earlier = givenSince ?? inherited.get(code)?.since;
      const since = validTime(earlier);
      const startedAt = startOf(since);
      const repeatAt = startedAt + (REPEATS_MS[0] ?? LAST_REPEAT_MS);
      const one: Lasting = { code, since, startedAt, facts, repeats: 0, repeatAt };
      skipRepeats(one, clock.monotonic());
      ofCode.set(facts.subject, one);
      report(earlier === undefined ? "raised" : "repeated", one);
    },

    clear(code, subject) {
      const ofCode = lasting.get(code);
      const one = ofCode?.get(subject);
      if (!ofCode || !one) return;
      ofCode.delete(subject);
      if (ofCode.size === 0) lasting.delete(code);
      report("cleared", one);
    },

    subjects: (code) => [...(lasting.get(code)?.keys() ?? [])],

    list: () => Array.from(lasting.values(), summary),

    tick() {
      const now = clock.monotonic();
      closeWindows(now);
      if (inherited.size > 0 && now >= inheritedUntil) dropInherited();
      for (const ofCode of lasting.values()) {
        for (const one of ofCode.values()) {
          if (now < one.repeatAt) continue;
          // Reminders that a stopped process missed are one.
          skipRepeats(one, now);
          report("repeated", one);
        }
      }
    },
  };
}

/** Returns the conditions of one code as one. */
function summary(ofCode: ReadonlyMap<string | undefined, Lasting>): Condition {
  const [first, ...others] = ofCode.values() as Iterable<Lasting> as unknown as [Lasting, ...Lasting[]];
  const { code, since, facts } = first;
  if (others.length === 0) return { code, level: facts.level, message: facts.message, since };
  const all = [first, ...others];
  const names = all.slice(0, MAX_NAMES).map((one) => JSON.stringify(one.facts.subject ?? ""));
  const more = all.length - names.length;
  const message = `${all.length} at present: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const level = all.some((one) => one.facts.level === "error") ? "error" : "warn";
  return { code, level, message, since };
}

/** Returns a duration in the largest unit that fits, such as `7 min`. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
