export type ClientKind = "slot" | "spool" | "ping";

/** A span of time on the clock of `Date.now()`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What became of one request of a client. */
export interface Told {
  readonly kind: ClientKind;
  /** `right`, `wrong`, `lost`, or the code of an error. */
  readonly outcome: string;
  /** When it was sent, on the clock of `Date.now()`. */
  readonly at: number;
  /** Until the answer, or until it was given up. */
  readonly ms: number;
}

/** The answers to all requests of all clients, those included that have died. */
export class Tally {
  readonly all: Told[] = [];

  read(line: string): void {
    this.all.push(JSON.parse(line) as Told);
  }

  count(kind: ClientKind, outcome: string): number {
    return this.all.filter((told) => told.kind === kind && told.outcome === outcome).length;
  }

  /** Milliseconds of all that were answered well. */
  latencies(kind: ClientKind): readonly Told[] {
    return this.all.filter((told) => told.kind === kind && told.outcome === "right");
  }

  /**
   * Requests that should have been answered, in words. A command in the slot may be lost with the server that took it, and
   * while the machine stands still, since its client gives up by the clock; a request in the spool may not.
   */
  faults(outages: readonly Span[], stalls: readonly Span[]): string[] {
    return this.all
      .filter(({ outcome }) => outcome !== "right")
      .filter(({ kind, outcome, at, ms }) => {
        const meets = ({ from, to }: Span): boolean => from <= at + ms && at <= to + 2_000;
        return !(kind === "slot" && outcome === "lost" && (outages.some(meets) || stalls.some(meets)));
      })
      .map(
        ({ kind, outcome, at, ms }) =>
          `${kind} request of ${new Date(at).toISOString()}: ${outcome} after ${Math.round(ms)} ms`,
      );
  }
}
