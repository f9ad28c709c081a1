import type { SessionContext } from "./context.ts";
import { RoundRobinQueue } from "./round-robin-queue.ts";
import type { Slot } from "./slot.ts";
import { SlotRunner } from "./slot-runner.ts";
import type { Spool, SpoolJob } from "./spool.ts";
import { SpoolRunner } from "./spool-runner.ts";

/** Milliseconds of work before other events get their turn. */
const TURN_MS = 8;
const SLOT = "slot";

/**
 * Runs waiting work in turn: round-robin between the clients of the spool, with the slot as one more client. It works for
 * 8 ms at a time and then yields to the event loop. It owns both runners and decides when new work may start.
 */
export class Scheduler {
  readonly #context: SessionContext;
  readonly #spool: Spool;
  readonly #slotRunner: SlotRunner;
  readonly #spoolRunner: SpoolRunner;
  /** Waiting jobs by client; undefined stands for the slot's command. */
  readonly #queue = new RoundRobinQueue<SpoolJob | undefined>();
  #isSlotQueued = false;
  #immediate: NodeJS.Immediate | undefined;
  #isAccepting = true;
  #isClosed = false;

  constructor(context: SessionContext, slot: Slot, spool: Spool) {
    this.#context = context;
    this.#spool = spool;
    this.#slotRunner = new SlotRunner(slot, context, () => this.offerSlot());
    this.#spoolRunner = new SpoolRunner(spool, context, this.admit, () => this.#runLater());
  }

  /** True if no work is in progress. */
  get isIdle(): boolean {
    return this.#slotRunner.isIdle && this.#spoolRunner.isIdle;
  }

  /** True if new work may start. */
  get isAccepting(): boolean {
    return this.#isAccepting && !this.#isClosed && !this.#context.isBackingOff();
  }

  /** Queues a spool request. */
  readonly admit = (job: SpoolJob): void => {
    this.#queue.add(job.client, job);
  };

  /** Queues the slot, and runs. */
  offerSlot(): void {
    if (this.#isClosed) return;
    if (!this.#isSlotQueued) this.#queue.add(SLOT, undefined);
    this.#isSlotQueued = true;
    this.#context.attempt(() => this.run());
  }

  /** Runs queued work for one turn; the rest follows after other events. */
  run(): void {
    if (!this.isAccepting) return;
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    for (;;) {
      const turn = this.#queue.take((client) => client === SLOT || this.#spoolRunner.mayRun(client));
      if (turn === undefined) break;
      if (turn.item === undefined) {
        this.#isSlotQueued = false;
        this.#slotRunner.run();
      } else {
        this.#spoolRunner.run(turn.item);
      }
      if (clock.monotonic() > until) return this.#runLater();
    }
    // Refuse later: each refusal causes a watch event, and refusing all at once would delay the requests behind them.
    if (this.#spool.hasOverflow) this.#runLater();
  }

  #runLater(): void {
    if (this.#isClosed || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#context.attempt(() => {
        if (this.isAccepting) this.#spoolRunner.refuseOverflow();
        this.run();
      });
    });
  }

  /** Retries the replies that could not be written. */
  sendUnsent(): void {
    this.#spoolRunner.sendUnsent();
  }

  /** Drops the requests of a client whose lease has ended. */
  purge(client: string): void {
    for (const job of this.#queue.drop(client)) {
      if (job === undefined) continue;
      this.#context.quarantine.remove(job.path);
      this.#spool.release(job);
    }
    const message = `the lease of client ${client} has ended`;
    this.#context.emit({ type: "purged", level: "info", message, fields: { client } });
  }

  /** Accepts no new work from now on. */
  stopAccepting(): void {
    this.#isAccepting = false;
  }

  /** Stops at once. With `handBack`, unfinished requests are returned for the next server. */
  close(handBack: boolean): void {
    this.#isClosed = true;
    clearImmediate(this.#immediate);
    this.#slotRunner.close();
    this.#spoolRunner.close(handBack);
  }
}
