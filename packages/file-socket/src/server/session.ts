import { failpoint } from "../process/failpoint.ts";
import { HEARTBEAT_MS } from "../protocol/descriptor.ts";
import { newId } from "../protocol/names.ts";
import type { ServerContext, SessionCapabilities, SessionContext } from "./context.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Quarantine } from "./quarantine.ts";
import { ReplayMemory } from "./replay-memory.ts";
import { Reports } from "./reports.ts";
import { recoverSlot, recoverSpool } from "./recovery.ts";
import { Scheduler } from "./scheduler.ts";
import { ServedDirectory } from "./served-directory.ts";
import { Slot } from "./slot.ts";
import { Spool } from "./spool.ts";
import { SpoolFiles } from "./spool-files.ts";
import { Sweep, SWEEP_MS } from "./sweep.ts";
import { UnreadReplies } from "./unread.ts";
import { Watcher } from "./watcher.ts";

/**
 * The service of one directory, from taking its lock to releasing it. It connects the slot and the spool to the watcher
 * and the scheduler, and does the periodic work. When the directory is replaced, the server opens a new session.
 */
export class Session {
  readonly #directory: ServedDirectory;
  readonly #context: SessionContext;
  readonly #slot: Slot;
  readonly #spool: Spool;
  readonly #files: SpoolFiles;
  readonly #scheduler: Scheduler;
  readonly #watcher: Watcher;
  readonly #heartbeat: Heartbeat;
  readonly #sweep: Sweep;
  readonly #reports: Reports;
  #nextBeat = 0;
  #nextSweep = 0;

  /**
   * Locks the directory and recovers the work of a killed server.
   *
   * @throws {FileSocketError}
   */
  static open(dir: string, server: ServerContext): Session {
    return ServedDirectory.open(dir, (directory) => {
      const capabilities = openCapabilities(server);
      try {
        return new Session(directory, server, capabilities);
      } catch (error) {
        capabilities?.replays.close();
        throw error;
      }
    });
  }

  private constructor(
    directory: ServedDirectory,
    server: ServerContext,
    capabilities: SessionCapabilities | undefined,
  ) {
    const { tree } = directory;
    const reports = new Reports(server.emit, server.clock);
    const { emit } = reports;
    const quarantine = new Quarantine({ tree, clock: server.clock, emit });
    const context = { ...server, emit, tree, epoch: newId(), quarantine, capabilities };
    this.#reports = reports;
    this.#directory = directory;
    this.#context = context;
    this.#slot = new Slot(context);
    this.#files = new SpoolFiles(context);
    this.#spool = new Spool(context, this.#files);
    this.#scheduler = new Scheduler(context, this.#slot, this.#spool, this.#files);
    this.#watcher = new Watcher(context, this.#slot, this.#spool, this.#scheduler);
    this.#heartbeat = new Heartbeat(context);
    this.#sweep = new Sweep(context, (client) => this.#scheduler.purge(client));
    recoverSlot(context);
    recoverSpool(context, this.#spool, this.#scheduler);
    this.#watcher.start();
  }

  /** True if the directory is still the one that was opened. */
  get isInPlace(): boolean {
    return this.#directory.isInPlace;
  }

  /** True if watch events arrive. If false, {@link tick} should be called more often. */
  get isWatched(): boolean {
    return this.#watcher.isLive;
  }

  /** True if no work is in progress. */
  get isIdle(): boolean {
    return this.#scheduler.isIdle;
  }

  /** Spool requests that wait or run. */
  get outstanding(): number {
    return this.#spool.outstanding;
  }

  countUnreadReplies(): number {
    return this.#files.countUnreadReplies();
  }

  /** Does the periodic work that is due, and rescans. */
  tick(): void {
    const { clock } = this.#context;
    const now = clock.monotonic();
    if (now >= this.#nextBeat) {
      this.#heartbeat.beat(clock.now());
      this.#nextBeat = now + HEARTBEAT_MS;
    }
    if (now >= this.#nextSweep) {
      this.#nextSweep = now + SWEEP_MS;
      this.#sweep.start();
      this.#files.recheck();
    }
    this.#context.capabilities?.replays.maintain();
    this.#reports.flush();
    if (!this.isWatched) this.#watcher.start();
    this.#scheduler.sendUnsent();
    this.#slot.checkReceipt();
    if (this.#slot.isWaiting()) this.#scheduler.offerSlot();
    this.#watcher.rescan();
  }

  /** Accepts no new work from now on. */
  stopAccepting(): void {
    this.#scheduler.stopAccepting();
  }

  /** Releases the directory. With `handBack`, unfinished requests are returned for the next server. */
  close(handBack: boolean): void {
    this.#scheduler.close(handBack);
    this.#watcher.close();
    this.#sweep.close();
    this.#spool.close();
    this.#slot.close();
    this.#context.capabilities?.replays.close();
    this.#context.capabilities?.unread.close();
    failpoint("file-socket/descriptor/before-remove");
    if (handBack) this.#context.quarantine.remove(this.#context.tree.server);
    failpoint("file-socket/descriptor/after-remove");
    this.#directory.close();
  }
}

/**
 * Returns the capabilities of a session: the directory is locked, so no other server writes the file of answered requests.
 *
 * @throws {FileSocketError}
 */
function openCapabilities({ capabilities, clock, limits }: ServerContext): SessionCapabilities | undefined {
  if (capabilities === undefined) return undefined;
  const replays = new ReplayMemory(capabilities.answeredFile, clock);
  return { ...capabilities, replays, unread: new UnreadReplies(2 * limits.outstandingPerClient) };
}
