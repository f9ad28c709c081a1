import type { SessionContext } from "./context.ts";
import { Intake } from "./intake.ts";
import { LaneQueue, SHARED_LANE } from "./lanes.ts";
import type { Slot } from "./slot.ts";
import { SlotRunner } from "./slot-runner.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFiles } from "./spool-files.ts";
import type { Entrance, SpoolJob } from "./spool-job.ts";
import { SpoolRunner } from "./spool-runner.ts";

/** Milliseconds of work before other events get their turn. */
const TURN_MS = 8;
const SLOT = "slot";

/**
 * Runs waiting work in turn: round-robin between the clients of the spool, with the slot as one more client. With
 * capabilities, round-robin between lanes and within a lane between clients; the slot is in the shared lane. It works for
 * 8 ms at a time and then yields to the event loop. It owns the intake and both runners, and decides when new work may start.
 */
export class Scheduler implements Entrance {
  readonly #context: SessionContext;
  readonly #spool: Spool;
  readonly #files: SpoolFiles;
  readonly #slotRunner: SlotRunner;
  readonly #spoolRunner: SpoolRunner;
  /** Examines requests. Undefined if capabilities are off. */
  readonly #intake: Intake | undefined;
  readonly #slotLane: string;
  /** Waiting jobs; undefined stands for the slot's command. */
  readonly #queue = new LaneQueue<SpoolJob | undefined>();
  #isSlotQueued = false;
  #immediate: NodeJS.Immediate | undefined;
  #isAccepting = true;
  #isClosed = false;

  constructor(context: SessionContext, slot: Slot, spool: Spool, files: SpoolFiles) {
    const { capabilities } = context;
    this.#context = context;
    this.#spool = spool;
    this.#files = files;
    const runLater = (): void => this.#runLater();
    const spoolRunner = new SpoolRunner(spool, files, context, this.admit, runLater);
    this.#spoolRunner = spoolRunner;
    // The shared lane may go on when the slot's command is done.
    const onSlotDone = capabilities && runLater;
    this.#slotRunner = new SlotRunner(slot, context, () => this.offerSlot(), onSlotDone);
    this.#slotLane = capabilities === undefined ? SLOT : SHARED_LANE;
    if (capabilities === undefined) return;
    this.#intake = new Intake(context, capabilities, {
      spool,
      files,
      entrance: this,
      retryAfterMs: () => spoolRunner.retryAfterMs,
      onWork: () => this.run(),
    });
  }

  /** Takes a request whose capability is to be checked first. */
  get examine(): Entrance["examine"] {
    return this.#intake?.add;
  }

  /** True if no work is in progress. */
  get isIdle(): boolean {
    return this.#slotRunner.isIdle && this.#spoolRunner.isIdle;
  }

  /** True if new work may start. */
  get isAccepting(): boolean {
    return this.#isAccepting && !this.#isClosed && !this.#context.isBackingOff();
  }

  readonly isKnown = (client: string): boolean => this.#intake?.isKnown(client) === true;

  /** Queues a spool request. */
  readonly admit = (job: SpoolJob): void => {
    this.#queue.add(job.lane, job.client, job);
  };

  /** Queues the slot, and runs. */
  offerSlot(): void {
    if (this.#isClosed) return;
    if (!this.#isSlotQueued) this.#queue.add(this.#slotLane, SLOT, undefined);
    this.#isSlotQueued = true;
    this.#context.attempt(() => this.run());
  }

  /** Runs queued work for one turn; the rest follows after other events. */
  run(): void {
    if (!this.isAccepting) return;
    this.#intake?.turn();
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    for (;;) {
      const turn = this.#queue.take(this.#mayRun);
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
    if (this.#spool.hasOverflow || this.#intake?.hasWork === true) this.#runLater();
  }

  readonly #mayRun = (lane: string, name: string): boolean => {
    if (name === SLOT) return lane === SLOT || this.#maySlotRun();
    return (lane !== SHARED_LANE || this.#slotRunner.isIdle) && this.#spoolRunner.mayRun(lane);
  };

  /** In the shared lane, a newer command replaces the one that runs only if no other client waits. */
  #maySlotRun(): boolean {
    if (this.#spoolRunner.isRunning(SHARED_LANE)) return false;
    return this.#slotRunner.isIdle || !this.#queue.hasOther(SHARED_LANE, SLOT);
  }

  #runLater(): void {
    if (this.#isClosed || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#context.attempt(() => {
        if (this.isAccepting) {
          this.#spoolRunner.refuseOverflow();
          this.#intake?.refuse();
        }
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
    this.#intake?.purge(client);
    this.#files.drop(client);
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
    this.#intake?.close();
    for (const job of this.#queue.clear()) job?.endCounts?.();
    this.#slotRunner.close();
    this.#spoolRunner.close(handBack);
  }
}
