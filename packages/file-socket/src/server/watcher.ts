import { type Watch, watchNames } from "../fs/watch.ts";
import type { SessionContext } from "./context.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Slot } from "./slot.ts";
import type { Spool } from "./spool.ts";

/**
 * Turns watch events into work: a change of `cmd.json` or `out.raw` goes to the slot, a new name in `v1/new` to the
 * spool. Names are coalesced per turn of the event loop, so that a client that floods the directory does not delay others.
 */
export class Watcher {
  readonly #context: SessionContext;
  readonly #slot: Slot;
  readonly #spool: Spool;
  readonly #scheduler: Scheduler;
  #watches: readonly Watch[] = [];
  /** Names seen in this turn of the event loop after the first one; undefined before the first. */
  #pending: Set<string | null> | undefined;

  constructor(context: SessionContext, slot: Slot, spool: Spool, scheduler: Scheduler) {
    this.#context = context;
    this.#slot = slot;
    this.#spool = spool;
    this.#scheduler = scheduler;
  }

  get isLive(): boolean {
    return this.#watches.every((watch) => watch.isLive);
  }

  /** Watches the directory, or watches it again. */
  start(): void {
    this.close();
    const { tree, attempt } = this.#context;
    this.#watches = [
      watchNames(tree.root, true, (name) => attempt(() => this.#rootChanged(name))),
      watchNames(tree.new, true, (name) => attempt(() => this.#requestsChanged(name))),
    ];
  }

  close(): void {
    for (const watch of this.#watches) watch.close();
  }

  #rootChanged(name: string | null): void {
    if (!this.#scheduler.isAccepting) return;
    if (name === "out.raw" || name === null) this.#slot.checkReceipt();
    if (name === "cmd.json" || name === null) this.#scheduler.offerSlot();
  }

  /**
   * Acts on the first event of a turn at once and defers the others until the kernel's queue is empty. Otherwise every
   * event of a flooding client would be served before the events of other clients behind them.
   */
  #requestsChanged(name: string | null): void {
    if (!this.#scheduler.isAccepting) return;
    if (this.#pending !== undefined) {
      this.#pending.add(name);
      return;
    }
    this.#pending = new Set();
    setImmediate(() => this.#context.attempt(() => this.#takePending()));
    this.#offer(name);
    this.#scheduler.run();
  }

  #takePending(): void {
    const pending = this.#pending ?? [];
    this.#pending = undefined;
    if (!this.#scheduler.isAccepting) return;
    for (const name of pending) this.#offer(name);
    this.#scheduler.run();
  }

  #offer(name: string | null): void {
    if (name === null) {
      this.#spool.scan(this.#scheduler.admit);
    } else {
      this.#spool.offer(name, this.#scheduler.admit);
    }
  }
}
