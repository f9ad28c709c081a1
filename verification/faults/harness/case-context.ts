import { createTemporaryDirectory } from "@gvpie/testing";
import type { CaseContext, Observation } from "./fault-case.ts";

/** The context of one run. Disposing of it stops and removes everything that the case left behind. */
export class DisposableContext implements CaseContext, AsyncDisposable {
  readonly isFull: boolean;
  readonly record: (observation: Observation) => void;
  readonly #releases: (() => unknown)[] = [];

  constructor(isFull: boolean, record: (observation: Observation) => void) {
    this.isFull = isFull;
    this.record = record;
  }

  count(full: number, short: number): number {
    return this.isFull ? full : short;
  }

  newSocketPath(): string {
    const directory = createTemporaryDirectory({ prefix: "gvpie-faults-" });
    this.defer(() => directory[Symbol.dispose]());
    return directory.join("socket");
  }

  defer(release: () => unknown): void {
    this.#releases.push(release);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#releases.splice(0).reverse()) await release();
  }
}
