export type ClientKind = "slot" | "spool" | "ping";

/** A span of time on the clock of `Date.now()`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One request of a client and its outcome. */
export interface ClientRequest {
  readonly kind: ClientKind;
  /** `right`, `wrong`, `lost`, or the code of an error. */
  readonly outcome: string;
  /** Time of the request, on the clock of `Date.now()`. */
  readonly at: number;
  /** Milliseconds until the reply or the timeout. */
  readonly ms: number;
}

/** The requests of all clients, including killed ones. */
export class Tally {
  readonly requests: ClientRequest[] = [];

  /** Adds a request, given as a line of JSON. */
  add(line: string): void {
    this.requests.push(JSON.parse(line) as ClientRequest);
  }

  count(kind: ClientKind, outcome: string): number {
    return this.requests.filter((request) => request.kind === kind && request.outcome === outcome).length;
  }

  /** Returns the requests that were answered correctly. */
  answered(kind: ClientKind): readonly ClientRequest[] {
    return this.requests.filter((request) => request.kind === kind && request.outcome === "right");
  }

  /**
   * Returns the requests that should have been answered, in words. A slot command may be lost with the server that
   * claimed it and while the machine stalls, since its client times out. A spool request may not be lost.
   */
  failures(outages: readonly Span[], stalls: readonly Span[]): string[] {
    return this.requests
      .filter(({ outcome }) => outcome !== "right")
      .filter(({ kind, outcome, at, ms }) => {
        const overlaps = ({ from, to }: Span): boolean => from <= at + ms && at <= to + 2_000;
        return !(kind === "slot" && outcome === "lost" && [...outages, ...stalls].some(overlaps));
      })
      .map(
        ({ kind, outcome, at, ms }) =>
          `${kind} request of ${new Date(at).toISOString()}: ${outcome} after ${Math.round(ms)} ms`,
      );
  }
}
