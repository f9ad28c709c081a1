/** One entry of the run log, as the case that recorded it understands it. */
export type Observation = object;

/** The outcome that follows from the observations of a run. */
export interface Evaluation {
  /** The measured figures, for the table. */
  readonly summary: string;
  /** True if the figures meet the requirement. */
  readonly isMet: boolean;
}

/** One fault: the steps that cause it, and the requirement that its observations are held against. */
export interface FaultCase<O extends Observation = Observation> {
  readonly number: number;
  /** The event, in a few words. */
  readonly fault: string;
  /** The required outcome, with its bounds. */
  readonly required: string;
  /** Causes the fault and records every observation. */
  run(context: CaseContext<O>): Promise<void>;
  /** Evaluates the observations alone. Bounds that depend on the machine's speed apply only if `isFull`. */
  evaluate(observations: readonly O[], isFull: boolean): Evaluation;
}

/** The environment of one run of a case. */
export interface CaseContext<O extends Observation = Observation> {
  /** True for the full run, whose figures are published. The short form causes the same fault a few times. */
  readonly isFull: boolean;
  /** Returns the number of repetitions for this form. */
  count(full: number, short: number): number;
  /** Writes an observation to the run log. */
  record(observation: O): void;
  /** Returns an unused path in a new directory that is removed when the case ends. */
  newSocketPath(): string;
  /** Calls `release` when the case ends, the last one first. */
  defer(release: () => unknown): void;
}

/** The part of a context that registers cleanup. */
export type CleanupContext = Pick<CaseContext, "defer">;

/** Thrown if this machine cannot cause the fault; the message gives the reason. */
export class Unsupported extends Error {}

/** Hides the observation type of a case: the runner gives each case only its own observations. */
export function defineCase<O extends Observation>(faultCase: FaultCase<O>): FaultCase {
  return faultCase;
}
