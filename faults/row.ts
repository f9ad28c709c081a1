/** One line of the raw log, as the row that wrote it understands it. */
export type Seen = object;

/** What the raw log of a row shows. */
interface Figure {
  /** For the table: what was reached, in numbers. */
  readonly text: string;
  /** Whether it is what is required. */
  readonly isReached: boolean;
}

/** One fault: how it is brought about, and what the observations amount to. */
export interface Row<S extends Seen = Seen> {
  readonly number: number;
  /** What happens, in a few words. */
  readonly fault: string;
  /** What must come of it, with the bound that the figure is held against. */
  readonly required: string;
  /** Bring the fault about, and report every observation with {@link Rig.see}. */
  run(rig: Rig<S>): Promise<void>;
  /** From the observations alone. Bounds that depend on the machine's speed are held only where `isFull`. */
  figure(seen: readonly S[], isFull: boolean): Figure;
}

/** What a row is given for one run. */
export interface Rig<S extends Seen = Seen> {
  /** The full run, whose figures are published; otherwise a short form that shows the same fault a few times. */
  readonly isFull: boolean;
  /** How often to do something. */
  count(full: number, short: number): number;
  /** Write an observation to the raw log. */
  see(observation: S): void;
  /** A path in a folder of its own, where nothing is yet; the folder goes when the row has ended. */
  newPlace(): string;
  /** Call this when the row has ended, the last one first. */
  defer(release: () => unknown): void;
}

/** Thrown where this machine cannot bring the fault about; the message says why. */
export class NotShown extends Error {}

/** A row that the runner may treat like all others: only its own observations ever reach its figure. */
export function defineRow<S extends Seen>(row: Row<S>): Row {
  return row;
}
