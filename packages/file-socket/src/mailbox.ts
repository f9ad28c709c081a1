import { closeSync, lstatSync, mkdirSync, readdirSync, rmdirSync, type Stats } from "node:fs";
import { HEARTBEAT_STALE_MS, readDescriptor } from "./descriptor.ts";
import { type HeldDirectory, holdDirectory, isSameFile } from "./directory.ts";
import { errnoOf, FileSocketError } from "./errors.ts";
import { failpoint } from "./process/failpoint.ts";
import { discard, exists, move, openForeign, readFrom, readInto, touch, writeWhole } from "./files.ts";
import { LEASE_TOUCH_MS } from "./lease.ts";
import { bootId, startTicks } from "./process/identity.ts";
import { parseReplyName, replyName, requestName, spareName } from "./names.ts";
import {
  checkPayload,
  type DecodedHead,
  decodeHead,
  type DecodedReply,
  decodeReply,
  MAX_REPLY_BYTES,
  USUAL_HEAD_BYTES,
} from "./reply.ts";
import { REUSE_BYTES } from "./spool.ts";
import { type Tree, treeOf } from "./tree.ts";
import { type Watch, watchNames } from "./watch.ts";

/** A reply, and how long its file was. */
export interface ReceivedReply extends DecodedReply {
  readonly fileBytes: number;
}

/** A client's place in a served directory: where it submits, and its own directory for replies, which is its lease. */
export class Mailbox {
  readonly #held: HeldDirectory;
  readonly #tree: Tree;
  readonly #client: string;
  readonly #own: string;
  readonly #spare: string;
  readonly #stats: Stats;
  readonly #watch: Watch;
  readonly #lease: NodeJS.Timeout;

  /**
   * Enter; undefined while the directory, or the tree that a server makes in it, is missing. `arrived` hears the id of
   * a reply.
   *
   * @throws {FileSocketError} `FSOCK_UNSAFE_DIR`, `FSOCK_STORAGE`
   */
  static enter(dir: string, client: string, arrived: (id: string) => void): Mailbox | undefined {
    let held: HeldDirectory;
    try {
      held = holdDirectory(dir);
    } catch (error) {
      if (error instanceof FileSocketError && errnoOf(error.cause) === "ENOENT") return undefined;
      throw error;
    }
    try {
      return new Mailbox(held, client, arrived);
    } catch (error) {
      held.close();
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  private constructor(held: HeldDirectory, client: string, arrived: (id: string) => void) {
    this.#held = held;
    this.#client = client;
    this.#tree = treeOf(held.base);
    this.#own = `${this.#tree.out}/${client}`;
    this.#spare = `${this.#tree.tmp}/${spareName(client)}`;
    failpoint("file-socket/client/before-enter");
    try {
      mkdirSync(this.#own, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    failpoint("file-socket/client/after-enter");
    this.#stats = lstatSync(this.#own);
    this.#watch = watchNames(this.#own, false, (name) => {
      const id = name === null ? undefined : parseReplyName(name);
      if (id !== undefined) arrived(id);
    });
    this.#lease = setInterval(() => this.#touch(), LEASE_TOUCH_MS);
    this.#lease.unref();
  }

  /** Whether the directory and the lease are still there. */
  get isInPlace(): boolean {
    if (!this.#held.isInPlace()) return false;
    const found = lstatSync(this.#own, { throwIfNoEntry: false });
    return found !== undefined && isSameFile(found, this.#stats);
  }

  /** Requests that the server takes from one client at a time. */
  get outstandingLimit(): number {
    return readDescriptor(this.#tree.server)?.limits.outstandingPerClient ?? 8;
  }

  /** Whether a server lives here: by its process where that can be seen, else by its heartbeat. */
  get isServed(): boolean {
    const found = readDescriptor(this.#tree.server);
    if (found === undefined) return false;
    if (found.bootId === (bootId() ?? "") && startTicks(found.pid) === found.startTicks) return true;
    return Math.abs(Date.now() - found.heartbeatAt) < HEARTBEAT_STALE_MS;
  }

  /** Submit; false when the directory has gone. */
  submit(id: string, body: Buffer): boolean {
    const name = requestName({ id, client: this.#client });
    const staged = `${this.#tree.tmp}/${name}`;
    failpoint("file-socket/client/before-request-write");
    try {
      writeWhole(staged, [body]);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    failpoint("file-socket/client/after-request-write");
    const isSubmitted = move(staged, `${this.#tree.new}/${name}`);
    failpoint("file-socket/client/after-submit");
    if (isSubmitted) return true;
    discard(staged);
    return false;
  }

  /** Take a request back, where no server has claimed it. */
  withdraw(id: string): void {
    failpoint("file-socket/client/before-withdraw");
    discard(`${this.#tree.new}/${requestName({ id, client: this.#client })}`);
    failpoint("file-socket/client/after-withdraw");
  }

  /** The ids of all replies that wait. */
  list(): readonly string[] {
    try {
      return readdirSync(this.#own).flatMap((name) => parseReplyName(name) ?? []);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /**
   * Read a reply; undefined where there is none. The pixels go `into` the caller's memory where they fit exactly. The
   * caller then calls {@link clear}, whatever happened.
   */
  read(id: string, into?: Uint8Array): ReceivedReply | undefined {
    const path = `${this.#own}/${replyName(id)}`;
    const opened = openForeign(path, MAX_REPLY_BYTES);
    if ("missing" in opened) return undefined;
    if ("odd" in opened) {
      throw new FileSocketError("FSOCK_BAD_REPLY", `the reply ${path} was refused: ${opened.odd}`);
    }
    const { fd, stats } = opened;
    failpoint("file-socket/client/before-reply-read");
    try {
      const head = into === undefined ? undefined : usualHead(fd, stats.size);
      if (into === undefined || head?.header.bytes !== into.byteLength) {
        return { ...decodeReply(readFrom(fd, stats.size)), fileBytes: stats.size };
      }
      readInto(fd, into, head.payloadOffset);
      checkPayload(head.header, into);
      return { header: head.header, payload: into, fileBytes: stats.size };
    } finally {
      closeSync(fd);
    }
  }

  /** Remove a reply, or give its file back for the next one where it held `bytes` enough. */
  clear(id: string, bytes: number): void {
    const path = `${this.#own}/${replyName(id)}`;
    failpoint("file-socket/client/before-reply-remove");
    // Only one is kept. To rename over another would make some file systems write that to the disk.
    if (bytes < REUSE_BYTES || exists(this.#spare) || !move(path, this.#spare)) discard(path);
    failpoint("file-socket/client/after-reply-remove");
  }

  /** Remove the lease, or only let go of it where it is no longer there. */
  leave(): void {
    clearInterval(this.#lease);
    this.#watch.close();
    try {
      if (this.isInPlace) {
        for (const id of this.list()) discard(`${this.#own}/${replyName(id)}`);
        failpoint("file-socket/client/before-leave");
        discard(this.#spare);
        rmdirSync(this.#own);
        failpoint("file-socket/client/after-leave");
      }
    } catch {
      // What cannot be removed now is removed by the server when the lease ends.
    } finally {
      this.#held.close();
    }
  }

  #touch(): void {
    try {
      failpoint("file-socket/client/before-lease-touch");
      touch(this.#own, Date.now() / 1000);
      failpoint("file-socket/client/after-lease-touch");
    } catch {
      // The next touch may work; until then the lease runs.
    }
  }
}

/** The header of a reply of the usual form; undefined for any other, whatever that is. */
function usualHead(fd: number, fileBytes: number): DecodedHead | undefined {
  const start = new Uint8Array(Math.min(fileBytes, USUAL_HEAD_BYTES));
  readInto(fd, start, 0);
  try {
    return decodeHead(start, fileBytes);
  } catch {
    return undefined;
  }
}
