import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Rig, Seen } from "./row.ts";

/** A rig for one run of one row. Disposing of it stops and removes all that the row has left. */
export class RowRig implements Rig, AsyncDisposable {
  readonly isFull: boolean;
  readonly #write: (observation: Seen) => void;
  readonly #releases: (() => unknown)[] = [];

  constructor(isFull: boolean, write: (observation: Seen) => void) {
    this.isFull = isFull;
    this.#write = write;
  }

  count(full: number, short: number): number {
    return this.isFull ? full : short;
  }

  see(observation: Seen): void {
    this.#write(observation);
  }

  newPlace(): string {
    const parent = mkdtempSync(join(tmpdir(), "gvpie-faults-"));
    this.defer(() => rmSync(parent, { recursive: true, force: true }));
    return join(parent, "socket");
  }

  defer(release: () => unknown): void {
    this.#releases.push(release);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#releases.splice(0).reverse()) await release();
  }
}
