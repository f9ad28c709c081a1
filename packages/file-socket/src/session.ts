import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileAge } from "./age.ts";
import type { Context } from "./context.ts";
import { Heartbeat, HEARTBEAT_MS } from "./descriptor.ts";
import { ensureDirectory, type HeldDirectory, holdDirectory, makeDirectory } from "./directory.ts";
import { failpoint } from "./process/failpoint.ts";
import { FileSocketError } from "./errors.ts";
import { discard, exists, freeBytes, move } from "./files.ts";
import { Lanes } from "./lanes.ts";
import { type Lock, takeLock } from "./lock.ts";
import { newId, parseRunName, parseStagedReplyName, replyName, requestName } from "./names.ts";
import { Quarantine } from "./quarantine.ts";
import { Slot } from "./slot.ts";
import { SlotRunner } from "./slot-runner.ts";
import { type Entry, Spool } from "./spool.ts";
import { SpoolRunner } from "./spool-runner.ts";
import { Sweep, SWEEP_MS } from "./sweep.ts";
import { createTree, type Tree, treeIdentity, treeOf } from "./tree.ts";
import { type Watch, watchNames } from "./watch.ts";

/** How long the event loop is kept before other events have their turn. */
const TURN_MS = 8;
const SLOT_LANE = "slot";

/** One hold on one directory, from taking its lock to releasing it. When the directory is replaced, a new one begins. */
export class Session {
  readonly #held: HeldDirectory;
  readonly #lock: Lock;
  readonly #tree: Tree;
  readonly #isIntact: () => boolean;
  readonly #context: Context;
  readonly #slot: Slot;
  readonly #spool: Spool;
  readonly #quarantine: Quarantine;
  readonly #heartbeat: Heartbeat;
  readonly #sweep: Sweep;
  readonly #slotRunner: SlotRunner;
  readonly #spoolRunner: SpoolRunner;
  /** What waits for its turn; undefined stands for the slot. */
  readonly #waiting = new Lanes<Entry | undefined>();
  #isSlotWaiting = false;
  #watches: readonly Watch[] = [];
  #nextBeat = 0;
  #nextSweep = 0;
  #immediate: NodeJS.Immediate | undefined;
  /** Names that events have told of in this turn of the loop, but for the first; undefined before that. */
  #noted: Set<string | null> | undefined;
  #isTaking = true;
  #isClosed = false;

  /**
   * Validate and lock the directory, and take over what a killed server left.
   *
   * @throws {FileSocketError}
   */
  static open(dir: string, context: Omit<Context, "freeBytes">): Session {
    mkdirSync(dirname(resolve(dir)), { recursive: true });
    makeDirectory(resolve(dir));
    const held = holdDirectory(dir);
    let lock: Lock | undefined;
    try {
      const tree = treeOf(held.base);
      ensureDirectory(tree.v1);
      failpoint("file-socket/lock/before-take");
      lock = takeLock(tree.lock, held.path);
      failpoint("file-socket/lock/after-take");
      createTree(tree);
      failpoint("file-socket/tree/after-create");
      return new Session(held, lock, tree, context);
    } catch (error) {
      lock?.release();
      held.close();
      throw withoutDescriptor(error, held);
    }
  }

  private constructor(held: HeldDirectory, lock: Lock, tree: Tree, context: Omit<Context, "freeBytes">) {
    const { clock, limits } = context;
    const epoch = newId();
    this.#held = held;
    this.#lock = lock;
    this.#tree = tree;
    this.#isIntact = treeIdentity(tree);
    this.#context = { ...context, freeBytes: () => freeBytes(tree.tmp) };
    this.#quarantine = new Quarantine(tree.bad);
    this.#slot = new Slot(tree, epoch, clock, limits, this.#quarantine);
    this.#spool = new Spool(tree, epoch, clock, limits, this.#quarantine);
    this.#heartbeat = new Heartbeat(tree, epoch, limits, this.#quarantine);
    this.#sweep = new Sweep(tree, clock, this.#quarantine);
    this.#slotRunner = new SlotRunner(this.#slot, this.#context, () => this.#offerSlot());
    this.#spoolRunner = new SpoolRunner(this.#spool, this.#context, this.#admit, () => this.#later());
    this.#recover();
    this.#watch();
  }

  /** Whether the directory is still the one that was opened. */
  get isInPlace(): boolean {
    return this.#held.isInPlace() && this.#isIntact();
  }

  /** Whether events arrive; otherwise {@link tick} should be called more often. */
  get isWatched(): boolean {
    return this.#watches.every((watch) => watch.isLive);
  }

  get #isResting(): boolean {
    return this.#isClosed || !this.#isTaking || this.#context.isResting();
  }

  get isIdle(): boolean {
    return this.#slotRunner.isIdle && this.#spoolRunner.isIdle;
  }

  /** Do what is due, and find what no event has told. */
  tick(): void {
    const now = this.#context.clock.monotonic();
    if (now >= this.#nextBeat) {
      this.#heartbeat.beat(this.#context.clock.now());
      this.#nextBeat = now + HEARTBEAT_MS;
    }
    if (now >= this.#nextSweep) {
      this.#nextSweep = now + SWEEP_MS;
      this.#sweep.run((client) => this.#purged(client));
      this.#spool.recheck();
    }
    if (!this.isWatched) this.#watch();
    this.#spoolRunner.restoreSpare();
    this.#spoolRunner.sendUnsent();
    this.#slot.checkReceipt();
    if (this.#slot.isWaiting()) this.#offerSlot();
    this.#spool.scan(this.#admit);
    this.#run();
  }

  /** Accept nothing new from now on. */
  stopTaking(): void {
    this.#isTaking = false;
  }

  /** Release the directory. With `handBack`, it is left in order for the next server. */
  close(handBack: boolean): void {
    this.#isClosed = true;
    clearImmediate(this.#immediate);
    for (const watch of this.#watches) watch.close();
    this.#slotRunner.close();
    this.#spoolRunner.close(handBack);
    this.#slot.close();
    failpoint("file-socket/descriptor/before-remove");
    if (handBack) this.#context.attempt(() => discard(this.#tree.server));
    failpoint("file-socket/descriptor/after-remove");
    this.#lock.release();
    this.#held.close();
  }

  #watch(): void {
    for (const watch of this.#watches) watch.close();
    const { root, new: requests } = this.#tree;
    this.#watches = [
      watchNames(root, true, (name) => this.#context.attempt(() => this.#rootChanged(name))),
      watchNames(requests, true, (name) => this.#context.attempt(() => this.#requestsChanged(name))),
    ];
  }

  #rootChanged(name: string | null): void {
    if (this.#isResting) return;
    if (name === "out.raw" || name === null) this.#slot.checkReceipt();
    if (name === "cmd.json" || name === null) this.#offerSlot();
  }

  /**
   * The first event of a turn of the loop is acted on at once. All others are only noted until the kernel's queue is
   * empty: whoever floods it would otherwise have each of its events served before the one of somebody else behind them.
   */
  #requestsChanged(name: string | null): void {
    if (this.#isResting) return;
    if (this.#noted !== undefined) {
      this.#noted.add(name);
      return;
    }
    this.#noted = new Set();
    setImmediate(() => this.#context.attempt(() => this.#takeNoted()));
    this.#offer(name);
    this.#run();
  }

  #takeNoted(): void {
    const noted = this.#noted ?? [];
    this.#noted = undefined;
    if (this.#isResting) return;
    for (const name of noted) this.#offer(name);
    this.#run();
  }

  #offer(name: string | null): void {
    if (name === null) this.#spool.scan(this.#admit);
    else this.#spool.offer(name, this.#admit);
  }

  readonly #admit = (entry: Entry): void => {
    this.#waiting.add(entry.client, entry);
  };

  #offerSlot(): void {
    if (this.#isClosed) return;
    if (!this.#isSlotWaiting) this.#waiting.add(SLOT_LANE, undefined);
    this.#isSlotWaiting = true;
    this.#context.attempt(() => this.#run());
  }

  /** Give turns to whatever waits, for a short while; the rest follows after other events. */
  #run(): void {
    if (this.#isResting) return;
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    for (;;) {
      const turn = this.#waiting.take((lane) => lane === SLOT_LANE || this.#spoolRunner.mayRun(lane));
      if (turn === undefined) break;
      if (turn.item === undefined) {
        this.#isSlotWaiting = false;
        this.#slotRunner.run();
      } else {
        this.#spoolRunner.run(turn.item);
      }
      if (clock.monotonic() > until) return this.#later();
    }
    // Not here: every refusal is an event too, and those who wait behind it would wait for all of them.
    if (this.#spool.hasOverflow) this.#later();
  }

  #later(): void {
    if (this.#isClosed || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#context.attempt(() => {
        if (!this.#isResting) this.#spoolRunner.refuseSome();
        this.#run();
      });
    });
  }

  #purged(client: string): void {
    for (const entry of this.#waiting.drop(client)) {
      if (entry === undefined) continue;
      discard(entry.path);
      this.#spool.release(entry);
    }
    const message = `the client ${client} is gone`;
    this.#context.emit({ type: "purged", level: "info", message, fields: { client } });
  }

  #recover(): void {
    const { run, tmp, out, new: requests } = this.#tree;
    const runNames = readdirSync(run).sort();
    const tmpNames = readdirSync(tmp);
    this.#slot.recover(runNames, tmpNames);
    const claimed = new Set<string>();
    for (const name of runNames) {
      const parsed = parseRunName(name);
      if (parsed !== undefined) claimed.add(requestName(parsed));
    }
    for (const name of tmpNames) {
      if (/^(?:server|probe)\./.test(name)) discard(`${tmp}/${name}`);
    }
    for (const name of runNames) {
      const parsed = parseStagedReplyName(name);
      if (parsed === undefined) {
        this.#adopt(name);
        continue;
      }
      // A staged reply is whole once its request is gone; see Spool.answer.
      const isWhole = !claimed.has(requestName(parsed)) && !exists(`${requests}/${requestName(parsed)}`);
      const to = `${out}/${parsed.client}/${replyName(parsed.id)}`;
      failpoint("file-socket/recovery/before-deliver");
      if (!isWhole || !move(`${run}/${name}`, to)) discard(`${run}/${name}`);
      failpoint("file-socket/recovery/after-deliver");
    }
  }

  #adopt(name: string): void {
    const { clock, emit } = this.#context;
    const path = `${this.#tree.run}/${name}`;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const parsed = parseRunName(name);
    if (parsed === undefined) {
      if (!name.startsWith("slot.")) this.#quarantine.take(path);
      return;
    }
    const { id, client, attempt } = parsed;
    const bornAt = clock.monotonic() - fileAge(stats.mtimeMs, undefined, clock);
    this.#spool.adopt({ id, client, path, attempts: attempt, bytes: stats.size, bornAt }, this.#admit);
    const message = `the request ${id} of an ended server waits again`;
    emit({ type: "requeued", level: "warn", message, fields: { id, client, attempt } });
  }
}

/** The same error with the directory's name in place of that of our descriptor, which tells nobody anything. */
function withoutDescriptor(error: unknown, { base, path }: HeldDirectory): unknown {
  if (!(error instanceof FileSocketError) || !error.message.includes(base)) return error;
  return new FileSocketError(error.code, error.message.replaceAll(base, path), { cause: error });
}
