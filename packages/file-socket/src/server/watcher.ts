import { parseRequestName } from "../protocol/names.ts";
import { type Watch, watchNames } from "../fs/watch.ts";
import type { SessionContext } from "./context.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Slot } from "./slot.ts";
import type { Spool } from "./spool.ts";

/**
 * Events of one turn of the event loop after which the watches are closed. Node reads events as long as more arrive, so a
 * client that causes them faster than they are read would hold up everything else.
 */
const MAX_EVENTS = 1_024;
/** Events on the directory itself that are acted on at once. */
const DIRECT_EVENTS = 8;
/** Milliseconds in which more of one turn are; later ones are coalesced. */
const DIRECT_MS = 2;
/** Milliseconds until the directories are then watched again. */
const PAUSE_MS = 20;

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
  #pending: Set<string> | undefined;
  /** True if an event of `cmd.json` has not been acted on. */
  #isCommandChanged = false;
  /** True if names are to be listed. */
  #isRescanDue = false;
  #immediate: NodeJS.Immediate | undefined;
  /** Events since the last turn of the event loop with at least {@link DIRECT_EVENTS}. */
  #events = 0;
  /** The end of {@link DIRECT_MS}, on the monotonic clock. */
  #directUntil = 0;
  #pause: NodeJS.Timeout | undefined;

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
    this.#stop();
    const { tree, attempt } = this.#context;
    this.#watches = [
      watchNames(tree.root, true, (name) => attempt(() => this.#count(() => this.#rootChanged(name)))),
      watchNames(tree.new, true, (name) => attempt(() => this.#count(() => this.#requestsChanged(name)))),
    ];
  }

  close(): void {
    this.#stop();
    clearImmediate(this.#immediate);
  }

  #stop(): void {
    clearTimeout(this.#pause);
    for (const watch of this.#watches) watch.close();
  }

  /** Lists the requests and runs them; a long list is continued in later turns of the event loop. */
  rescan(): void {
    this.#isRescanDue = !this.#spool.scan(this.#scheduler);
    if (this.#isRescanDue) this.#continueLater();
    this.#scheduler.run();
  }

  #count(handle: () => void): void {
    if (++this.#events === DIRECT_EVENTS) {
      this.#directUntil = this.#context.clock.monotonic() + DIRECT_MS;
      this.#continueLater();
    }
    if (this.#events <= MAX_EVENTS) return handle();
    this.#stop();
    this.#pause = setTimeout(() => this.#context.attempt(() => this.#resume()), PAUSE_MS);
  }

  #resume(): void {
    this.start();
    if (!this.#scheduler.isAccepting) return;
    this.#slot.checkReceipt();
    if (this.#slot.isWaiting()) this.#scheduler.offerSlot();
    this.rescan();
  }

  #rootChanged(name: string | null): void {
    if (!this.#scheduler.isAccepting) return;
    if (name === "out.raw" || name === null) this.#slot.checkReceipt();
    if (name !== "cmd.json" && name !== null) return;
    if (this.#events < DIRECT_EVENTS || this.#context.clock.monotonic() < this.#directUntil) {
      this.#scheduler.offerSlot();
    } else {
      this.#isCommandChanged = true;
    }
  }

  #requestsChanged(name: string | null): void {
    if (!this.#scheduler.isAccepting) return;
    if (name === null) {
      this.#isRescanDue = true;
      this.#continueLater();
    } else if (parseRequestName(name) === undefined) {
      // Left to the next scan, which handles a bounded number of names at a time.
    } else if (this.#isFirst()) {
      this.#spool.offer(name, this.#scheduler);
      this.#scheduler.run();
    } else {
      this.#pending?.add(name);
    }
  }

  /**
   * True for the first event of a turn, which is acted on at once. The others are deferred until the kernel's queue is
   * empty. Otherwise every event of a flooding client would be served before the events of other clients behind them.
   */
  #isFirst(): boolean {
    if (this.#pending !== undefined) return false;
    this.#pending = new Set();
    this.#continueLater();
    return true;
  }

  #continueLater(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.#context.attempt(() => this.#continue());
    });
  }

  #continue(): void {
    const pending = this.#pending ?? [];
    const isCommandChanged = this.#isCommandChanged;
    this.#pending = undefined;
    this.#isCommandChanged = false;
    this.#events = 0;
    if (!this.#scheduler.isAccepting) return;
    for (const name of pending) this.#spool.offer(name, this.#scheduler);
    if (isCommandChanged) this.#scheduler.offerSlot();
    if (this.#isRescanDue) {
      this.rescan();
    } else {
      this.#scheduler.run();
    }
  }
}
