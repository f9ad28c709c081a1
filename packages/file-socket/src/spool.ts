import { closeSync, lstatSync } from "node:fs";
import { fileAge } from "./age.ts";
import { errnoOf, RequestError } from "./errors.ts";
import { failpoint } from "./process/failpoint.ts";
import {
  discard,
  exists,
  move,
  listNames,
  openForeign,
  overwriteWhole,
  readFrom,
  writeWhole,
} from "./files.ts";
import { Lanes } from "./lanes.ts";
import { Mailboxes } from "./mailboxes.ts";
import {
  parseRequestName,
  type RequestName,
  requestName,
  runName,
  spareName,
  stagedReplyName,
} from "./names.ts";
import type { Quarantine } from "./quarantine.ts";
import { errorHead } from "./reply.ts";
import { type Command, oddityError, parseRequestJson, spoolCommand } from "./request.ts";
import type { Tree } from "./tree.ts";
import type { Clock } from "./process/clock.ts";
import type { ServerLimits } from "./types.ts";

const MAX_ATTEMPTS = 2;
/**
 * Reply files of at least this many bytes are worth to be given back and written over. Whoever else still reads such a file
 * sees it change, so smaller ones, where little is gained, are never used again.
 */
export const REUSE_BYTES = 262_144;
/** Names taken from one listing; the next scan takes the rest. */
const SCAN_NAMES = 4_096;
/** Requests remembered only to be refused; a scan finds the others again. */
const MAX_OVERFLOW = 262_144;

/** A request that waits or runs. */
export interface Entry extends RequestName {
  /** Where its file is now. */
  path: string;
  /** How often it was claimed. */
  attempts: number;
  readonly bytes: number;
  /** When it was written, on the monotonic clock. */
  readonly bornAt: number;
}

/** What became of a reply. */
export type SpoolOutcome = "published" | "withdrawn" | "abandoned";

/** The many-client protocol `tmp → new → run → out`; docs/file-socket.md specifies it. */
export class Spool {
  readonly #tree: Tree;
  readonly #epoch: string;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #quarantine: Quarantine;
  /** Names in `new` that were seen and are not done. */
  readonly #known = new Set<string>();
  /** Names moved out of `new` since the last scan: the event that tells of it is no news. */
  readonly #moved = new Set<string>();
  readonly #outstanding = new Map<string, number>();
  readonly #overflow = new Lanes<Entry>();
  readonly #mailboxes: Mailboxes;
  #total = 0;
  #bytes = 0;
  #lastScan: number | undefined;

  constructor(tree: Tree, epoch: string, clock: Clock, limits: ServerLimits, quarantine: Quarantine) {
    this.#tree = tree;
    this.#epoch = epoch;
    this.#clock = clock;
    this.#limits = limits;
    this.#quarantine = quarantine;
    this.#mailboxes = new Mailboxes(tree.out);
  }

  /** Requests that wait or run. */
  get outstanding(): number {
    return this.#total;
  }

  /** Whether requests wait only to be told that the server is busy. */
  get hasOverflow(): boolean {
    return this.#overflow.size > 0;
  }

  /** List `new`. Whatever an event has told already is known. */
  scan(admit: (entry: Entry) => void): void {
    const startedAt = this.#clock.monotonic();
    this.#moved.clear();
    const names = listNames(this.#tree.new, SCAN_NAMES);
    for (const name of names) this.#consider(name, admit);
    if (names.length < SCAN_NAMES) this.#lastScan = startedAt;
  }

  /** An event has told of a name in `new`. */
  offer(name: string, admit: (entry: Entry) => void): void {
    if (!this.#moved.delete(name)) this.#consider(name, admit);
  }

  #consider(name: string, admit: (entry: Entry) => void): void {
    if (this.#known.has(name)) return;
    const parsed = parseRequestName(name);
    const path = `${this.#tree.new}/${name}`;
    if (parsed === undefined) {
      this.#quarantine.take(path);
      return;
    }
    const mine = this.#outstanding.get(parsed.client) ?? 0;
    const { outstandingPerClient, outstanding, queuedBytes } = this.#limits;
    if (mine >= outstandingPerClient || this.#total >= outstanding) {
      if (this.#overflow.size >= MAX_OVERFLOW) return;
      this.#known.add(name);
      this.#overflow.add(parsed.client, { ...parsed, path, attempts: 0, bytes: 0, bornAt: 0 });
      return;
    }
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const bytes = Math.min(stats.size, this.#limits.requestBytes);
    const bornAt = this.#clock.monotonic() - fileAge(stats.mtimeMs, this.#lastScan, this.#clock);
    const { id, client } = parsed;
    const entry: Entry = { id, client, path, attempts: 0, bytes, bornAt };
    this.#known.add(name);
    if (this.#bytes + bytes > queuedBytes && this.#total > 0) this.#overflow.add(parsed.client, entry);
    else this.#count(entry, admit);
  }

  /** Take over what a killed server had claimed. */
  adopt(entry: Entry, admit: (entry: Entry) => void): void {
    this.#known.add(requestName(entry));
    this.#count(entry, admit);
  }

  #count(entry: Entry, admit: (entry: Entry) => void): void {
    this.#outstanding.set(entry.client, (this.#outstanding.get(entry.client) ?? 0) + 1);
    this.#total++;
    this.#bytes += entry.bytes;
    admit(entry);
  }

  /** The request is answered, withdrawn, or left to the next server. */
  release(entry: Entry): void {
    this.#known.delete(requestName(entry));
    const left = (this.#outstanding.get(entry.client) ?? 1) - 1;
    if (left > 0) this.#outstanding.set(entry.client, left);
    else this.#outstanding.delete(entry.client);
    this.#total--;
    this.#bytes -= entry.bytes;
  }

  /** Tell one client in turn that the server is busy. */
  refuseOne(retryAfterMs: number): void {
    const entry = this.#overflow.take(() => true)?.item;
    if (entry === undefined) return;
    const message = "too many requests wait";
    const busy = new RequestError({ status: "busy", code: "FSOCK_OVERLOADED", message, retryAfterMs });
    try {
      this.answer(entry, [errorHead(entry.id, busy)]);
    } finally {
      this.#known.delete(requestName(entry));
    }
  }

  /** Whether the client leaves so many replies unread that it gets no more pictures for now. */
  hasUnread(client: string): boolean {
    return this.#mailboxes.hasUnread(client, 2 * this.#limits.outstandingPerClient);
  }

  /** Look at the clients' directories again before they are used. */
  recheck(): void {
    this.#mailboxes.recheck();
  }

  /** Claim; false when the client has withdrawn it. */
  claim(entry: Entry): boolean {
    const attempts = entry.attempts + 1;
    const to = `${this.#tree.run}/${runName({ id: entry.id, client: entry.client, epoch: this.#epoch, attempt: attempts })}`;
    failpoint("file-socket/spool/before-claim");
    if (!move(entry.path, to)) return false;
    failpoint("file-socket/spool/after-claim");
    this.#moved.add(requestName(entry));
    entry.path = to;
    entry.attempts = attempts;
    return true;
  }

  /** Whether this claim would be one too many: it has ended servers before. */
  isPoison(entry: Entry): boolean {
    return entry.attempts >= MAX_ATTEMPTS;
  }

  /**
   * Read a claimed request.
   *
   * @throws {RequestError}
   */
  read(entry: Entry): Command {
    const opened = openForeign(entry.path, this.#limits.requestBytes);
    if ("odd" in opened) throw oddityError(opened.odd);
    if ("missing" in opened) throw oddityError("unreadable");
    let bytes: Buffer;
    failpoint("file-socket/spool/before-read");
    try {
      bytes = readFrom(opened.fd, opened.stats.size);
    } finally {
      closeSync(opened.fd);
    }
    failpoint("file-socket/spool/after-read");
    return spoolCommand(parseRequestJson(bytes), entry.id, this.#limits);
  }

  /**
   * Publish a reply. The request's file goes just before the reply appears, so after a kill a staged reply without a
   * request is whole and only has to be moved, and no reply can appear twice.
   */
  answer(entry: Entry, chunks: readonly Uint8Array[], keepsRequest = false): SpoolOutcome {
    // Not in `tmp`, where clients write: whoever changes a directory keeps all others waiting.
    const staged = `${this.#tree.run}/${stagedReplyName(entry)}`;
    failpoint("file-socket/spool/before-reply-write");
    if (!this.#reuse(entry.client, staged, chunks)) this.#write(staged, chunks);
    failpoint("file-socket/spool/after-reply-write");
    failpoint("file-socket/spool/before-request-remove");
    const wasThere = keepsRequest ? this.#quarantine.take(entry.path) : this.#remove(entry.path);
    failpoint("file-socket/spool/after-request-remove");
    if (!wasThere) {
      discard(staged);
      return "withdrawn";
    }
    failpoint("file-socket/spool/before-publish");
    const isPublished = this.#mailboxes.publish(staged, entry);
    failpoint("file-socket/spool/after-publish");
    if (isPublished) return "published";
    discard(staged);
    return "abandoned";
  }

  /** Write the reply over one that the client gave back, where there is such a file. */
  #reuse(client: string, staged: string, chunks: readonly Uint8Array[]): boolean {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    if (bytes < REUSE_BYTES) return false;
    failpoint("file-socket/spool/before-spare-take");
    if (!move(`${this.#tree.tmp}/${spareName(client)}`, staged)) return false;
    failpoint("file-socket/spool/after-spare-take");
    if (overwriteWhole(staged, chunks)) return true;
    this.#quarantine.take(staged);
    return false;
  }

  #write(staged: string, chunks: readonly Uint8Array[]): void {
    try {
      writeWhole(staged, chunks);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      // Of an attempt to answer that failed after this.
      discard(staged);
      writeWhole(staged, chunks);
    }
  }

  #remove(path: string): boolean {
    try {
      return discard(path);
    } catch (error) {
      // A directory under a request's name.
      if (errnoOf(error) === "EISDIR" || errnoOf(error) === "EPERM") return this.#quarantine.take(path);
      throw error;
    }
  }

  /** Hand an unfinished request back. */
  requeue(entry: Entry): void {
    const to = `${this.#tree.new}/${requestName(entry)}`;
    // Its attempts are counted in the name that it has in `run`; only a first one is as good as new.
    if (entry.attempts !== 1 || exists(to)) return;
    failpoint("file-socket/spool/before-requeue");
    move(entry.path, to);
    failpoint("file-socket/spool/after-requeue");
  }
}
