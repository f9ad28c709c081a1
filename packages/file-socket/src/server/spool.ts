import { closeSync, lstatSync } from "node:fs";
import { isObstacle } from "../fs/errno.ts";
import { exists, move, openUntrusted, overwriteFile, readFrom, remove } from "../fs/files.ts";
import { entryPath, Listing } from "../fs/listing.ts";
import { failpoint } from "../process/failpoint.ts";
import {
  parseRequestName,
  type RequestName,
  requestName,
  runName,
  spareName,
  stagedReplyName,
} from "../protocol/names.ts";
import { errorHead, REUSE_BYTES } from "../protocol/reply.ts";
import { type Command, parseRequestJson, spoolCommand } from "../protocol/request.ts";
import { ClientCounts } from "./client-counts.ts";
import type { SessionContext } from "./context.ts";
import type { Removal } from "./quarantine.ts";
import { fileAge } from "./file-age.ts";
import { fileRefusal, overloadRefusal } from "./refusals.ts";
import { ReplyDirectories } from "./reply-directories.ts";
import { RoundRobinQueue } from "./round-robin-queue.ts";

const MAX_ATTEMPTS = 2;
/** Names examined in one turn of the event loop. */
const SCAN_NAMES = 128;
/** Requests queued for refusal; the next scan finds the rest. */
const MAX_OVERFLOW = 262_144;

/** A request that waits or runs. */
export interface SpoolJob extends RequestName {
  /** The current path of its file. */
  path: string;
  /** Number of claims so far. */
  attempts: number;
  readonly bytes: number;
  /** The moment at which it was written, on the monotonic clock. */
  readonly writtenAt: number;
}

export type SpoolOutcome = "published" | "withdrawn" | "abandoned";

/**
 * The files of the spool, `tmp → new → run → out`, specified in docs/file-socket.md. It finds requests and admits them
 * within the limits, and claims, reads and answers them for the runner. It counts the requests that wait or run.
 */
export class Spool {
  readonly #context: SessionContext;
  readonly #replyDirectories: ReplyDirectories;
  /** Names of the requests that wait or run. */
  readonly #known = new Set<string>();
  /** Ignore watch events for these names: this process moved them. Cleared by the next scan. */
  readonly #moved = new Set<string>();
  /** Requests that wait or run, by client. */
  readonly #outstanding = new ClientCounts();
  /** Requests beyond the limits, to be refused as busy. */
  readonly #overflow = new RoundRobinQueue<SpoolJob>();
  #total = 0;
  #bytes = 0;
  /** The scan in progress. */
  #scanning: { readonly listing: Listing; readonly startedAt: number } | undefined;
  /** The start of the last scan that listed all names. */
  #lastScan: number | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#replyDirectories = new ReplyDirectories(context.tree.out);
  }

  /** Number of requests that wait or run. */
  get outstanding(): number {
    return this.#total;
  }

  /** True if requests wait to be refused as busy. */
  get hasOverflow(): boolean {
    return this.#overflow.size > 0;
  }

  /**
   * Lists `new` and admits each new request. Examines a bounded number of names and returns false if there are more: the
   * next call goes on.
   */
  scan(admit: (job: SpoolJob) => void): boolean {
    const { tree, clock } = this.#context;
    if (this.#scanning === undefined) {
      this.#moved.clear();
      this.#scanning = { startedAt: clock.monotonic(), listing: new Listing(tree.new) };
    }
    const { listing, startedAt } = this.#scanning;
    let isComplete = true;
    try {
      const names = listing.read(SCAN_NAMES);
      for (const name of names) this.#consider(name, admit);
      isComplete = names.length < SCAN_NAMES;
      if (isComplete) this.#lastScan = startedAt;
      return isComplete;
    } finally {
      if (isComplete) this.#endScan();
    }
  }

  #endScan(): void {
    this.#scanning?.listing.close();
    this.#scanning = undefined;
  }

  close(): void {
    this.#endScan();
  }

  /** Handles a watch event for a name in `new`. */
  offer(name: string, admit: (job: SpoolJob) => void): void {
    if (!this.#moved.delete(name)) this.#consider(name, admit);
  }

  #consider(name: string, admit: (job: SpoolJob) => void): void {
    if (this.#known.has(name)) return;
    const { tree, clock, limits, quarantine } = this.#context;
    const parsed = parseRequestName(name);
    if (parsed === undefined) {
      quarantine.take(entryPath(tree.new, name));
      return;
    }
    const path = `${tree.new}/${name}`;
    if (quarantine.isStuck(path)) return;
    const { id, client } = parsed;
    const clientTotal = this.#outstanding.get(client);
    if (clientTotal >= limits.outstandingPerClient || this.#total >= limits.outstanding) {
      if (this.#overflow.size >= MAX_OVERFLOW) return;
      this.#known.add(name);
      this.#overflow.add(client, { id, client, path, attempts: 0, bytes: 0, writtenAt: 0 });
      return;
    }
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const bytes = Math.min(stats.size, limits.requestBytes);
    const writtenAt = clock.monotonic() - fileAge(stats.mtimeMs, this.#lastScan, clock);
    const job: SpoolJob = { id, client, path, attempts: 0, bytes, writtenAt };
    this.#known.add(name);
    if (this.#bytes + bytes > limits.queuedBytes && this.#total > 0) {
      this.#overflow.add(client, job);
    } else {
      this.#count(job, admit);
    }
  }

  /** Admits a request that a previous server had claimed. */
  adopt(job: SpoolJob, admit: (job: SpoolJob) => void): void {
    this.#known.add(requestName(job));
    this.#count(job, admit);
  }

  #count(job: SpoolJob, admit: (job: SpoolJob) => void): void {
    this.#outstanding.increment(job.client);
    this.#total++;
    this.#bytes += job.bytes;
    admit(job);
  }

  /** Stops counting a request that was answered, withdrawn or purged. */
  release(job: SpoolJob): void {
    this.#known.delete(requestName(job));
    this.#outstanding.decrement(job.client);
    this.#total--;
    this.#bytes -= job.bytes;
  }

  /** Refuses one request beyond the limits, round-robin between the clients. */
  refuseOne(retryAfterMs: number): void {
    const job = this.#overflow.take(() => true)?.item;
    if (job === undefined) return;
    try {
      this.answer(job, [errorHead(job.id, overloadRefusal(retryAfterMs))]);
    } finally {
      this.#known.delete(requestName(job));
    }
  }

  /** True if the client has too many unread replies to get more pictures. */
  hasUnread(client: string): boolean {
    return this.#replyDirectories.hasUnread(client, 2 * this.#context.limits.outstandingPerClient);
  }

  /** Makes the next reply to each client check its reply directory again. */
  recheck(): void {
    this.#replyDirectories.recheck();
  }

  /** Claims a request. Returns "missing" if the client has withdrawn it. */
  claim(job: SpoolJob): Removal {
    const { tree, epoch, quarantine } = this.#context;
    const attempt = job.attempts + 1;
    const to = `${tree.run}/${runName({ id: job.id, client: job.client, epoch, attempt })}`;
    failpoint("file-socket/spool/before-claim");
    try {
      if (!move(job.path, to)) return "missing";
    } catch (error) {
      if (!quarantine.isCausedBy(job.path, error)) throw error;
      return quarantine.note(job.path, error);
    }
    failpoint("file-socket/spool/after-claim");
    this.#moved.add(requestName(job));
    job.path = to;
    job.attempts = attempt;
    return "done";
  }

  /** True if the request has already ended {@link MAX_ATTEMPTS} servers. */
  isPoison(job: SpoolJob): boolean {
    return job.attempts >= MAX_ATTEMPTS;
  }

  /**
   * Reads a claimed request.
   *
   * @throws {RequestError}
   */
  read(job: SpoolJob): Command {
    const { limits } = this.#context;
    const opened = openUntrusted(job.path, limits.requestBytes);
    if ("defect" in opened) throw fileRefusal(opened.defect);
    if ("missing" in opened) throw fileRefusal("unreadable");
    let bytes: Buffer;
    failpoint("file-socket/spool/before-read");
    try {
      bytes = readFrom(opened.fd, opened.stats.size);
    } finally {
      closeSync(opened.fd);
    }
    failpoint("file-socket/spool/after-read");
    return spoolCommand(parseRequestJson(bytes), job.id, limits);
  }

  /**
   * Publishes a reply. The request file is removed just before the reply appears. So after a kill, a staged reply without
   * a request is complete and only has to be moved, and no reply can appear twice.
   */
  answer(job: SpoolJob, chunks: readonly Uint8Array[], keepsRequest = false): SpoolOutcome {
    const { tree, quarantine } = this.#context;
    // Staged in `run`, not in `tmp` where clients write: concurrent changes of one directory wait for each other.
    const staged = `${tree.run}/${stagedReplyName(job)}`;
    failpoint("file-socket/spool/before-reply-write");
    // The name may be taken: by an earlier attempt that failed after this step, or by a client.
    if (!this.#reuse(job.client, staged, chunks)) closeSync(quarantine.create(staged, chunks));
    failpoint("file-socket/spool/after-reply-write");
    failpoint("file-socket/spool/before-request-remove");
    const wasThere = keepsRequest ? quarantine.take(job.path) !== "missing" : this.#removeRequest(job.path);
    failpoint("file-socket/spool/after-request-remove");
    if (!wasThere) {
      remove(staged);
      return "withdrawn";
    }
    failpoint("file-socket/spool/before-publish");
    const isPublished = this.#replyDirectories.publish(staged, job);
    failpoint("file-socket/spool/after-publish");
    if (isPublished) return "published";
    remove(staged);
    return "abandoned";
  }

  /** Writes a large reply over the file that the client returned for reuse. Returns false if there is none. */
  #reuse(client: string, staged: string, chunks: readonly Uint8Array[]): boolean {
    const { tree, quarantine } = this.#context;
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    if (bytes < REUSE_BYTES) return false;
    failpoint("file-socket/spool/before-spare-take");
    const spare = `${tree.tmp}/${spareName(client)}`;
    try {
      if (!move(spare, staged)) return false;
    } catch (error) {
      if (!quarantine.isCausedBy(spare, error)) throw error;
      quarantine.note(spare, error);
      return false;
    }
    failpoint("file-socket/spool/after-spare-take");
    if (overwriteFile(staged, chunks)) return true;
    quarantine.take(staged);
    return false;
  }

  #removeRequest(path: string): boolean {
    try {
      return remove(path);
    } catch (error) {
      // A directory with the name of a request.
      if (!isObstacle(error)) throw error;
      return this.#context.quarantine.take(path) !== "missing";
    }
  }

  /** Returns an unfinished request to `new` for the next server. */
  requeue(job: SpoolJob): void {
    const to = `${this.#context.tree.new}/${requestName(job)}`;
    // Only the name in `run` counts attempts, so a second attempt stays there.
    if (job.attempts !== 1 || exists(to)) return;
    failpoint("file-socket/spool/before-requeue");
    move(job.path, to);
    failpoint("file-socket/spool/after-requeue");
  }
}
