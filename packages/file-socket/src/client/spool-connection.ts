import { randomBytes } from "node:crypto";
import { closeSync, lstatSync, mkdirSync, readdirSync, rmdirSync, type Stats, utimesSync } from "node:fs";
import { FileSocketError } from "../errors.ts";
import { type HeldDirectory, holdDirectory, isSameFile } from "../fs/directory.ts";
import { errnoOf } from "../fs/errno.ts";
import { exists, move, openUntrusted, readFrom, readInto, remove, writeFile } from "../fs/files.ts";
import { type Watch, watchNames } from "../fs/watch.ts";
import { failpoint } from "../process/failpoint.ts";
import { startTicks } from "../process/identity.ts";
import { LEASE_TOUCH_MS } from "../protocol/lease.ts";
import { parseReplyName, replyName, requestName, spareName } from "../protocol/names.ts";
import {
  checkPayload,
  type DecodedHead,
  decodeHead,
  type DecodedReply,
  decodeReply,
  MAX_REPLY_BYTES,
  REUSE_BYTES,
  USUAL_HEAD_BYTES,
} from "../protocol/reply.ts";
import { isAlive, readDescriptor } from "./server-status.ts";
import { readSignedReply } from "./signed-reply.ts";
import { asUntrusted, type ExpectedReply } from "../protocol/reply-trust.ts";
import { type Tree, treeOf } from "../protocol/tree.ts";

export interface ReceivedReply extends DecodedReply {
  readonly fileBytes: number;
}

/** The parts of a call that the reading of its reply depends on. */
interface ReplyReader {
  /** The caller's memory for the pixels. */
  readonly into: Uint8Array | undefined;
  /** The facts that a signed reply must have; undefined if the request has no capability. */
  readonly expected: ExpectedReply | undefined;
}

/** Returns a new name for a client of this process. */
export function newClientName(): string {
  return `${process.pid}-${startTicks(process.pid) ?? "0"}-${randomBytes(6).toString("hex")}`;
}

/**
 * The files of one client in a served directory. It submits and withdraws requests, and watches and reads the client's
 * reply directory. A timer touches that directory, which is the client's lease.
 */
export class SpoolConnection {
  readonly #held: HeldDirectory;
  readonly #tree: Tree;
  readonly #client: string;
  readonly #replies: string;
  readonly #spare: string;
  readonly #stats: Stats;
  readonly #watch: Watch;
  readonly #lease: NodeJS.Timeout;

  /**
   * Connects. Returns undefined if the directory, or the tree that a server creates in it, is missing. `onReply` is called
   * with the id of a reply that a watch event names.
   *
   * @throws {FileSocketError} `FSOCK_UNSAFE_DIR`, `FSOCK_STORAGE`
   */
  static open(dir: string, client: string, onReply: (id: string) => void): SpoolConnection | undefined {
    let held: HeldDirectory | undefined;
    try {
      held = holdDirectory(dir);
      return new SpoolConnection(held, client, onReply);
    } catch (error) {
      held?.close();
      if (errnoOf(error instanceof FileSocketError ? error.cause : error) === "ENOENT") return undefined;
      throw error;
    }
  }

  private constructor(held: HeldDirectory, client: string, onReply: (id: string) => void) {
    this.#held = held;
    this.#client = client;
    this.#tree = treeOf(held.base);
    this.#replies = `${this.#tree.out}/${client}`;
    this.#spare = `${this.#tree.tmp}/${spareName(client)}`;
    failpoint("file-socket/client/before-enter");
    try {
      mkdirSync(this.#replies, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    failpoint("file-socket/client/after-enter");
    this.#stats = lstatSync(this.#replies);
    this.#watch = watchNames(this.#replies, false, (name) => {
      const id = name === null ? undefined : parseReplyName(name);
      if (id !== undefined) onReply(id);
    });
    this.#lease = setInterval(() => this.#touch(), LEASE_TOUCH_MS);
    this.#lease.unref();
  }

  /** True if the served directory and the reply directory are still the same. */
  get isInPlace(): boolean {
    if (!this.#held.isInPlace()) return false;
    const found = lstatSync(this.#replies, { throwIfNoEntry: false });
    return found !== undefined && isSameFile(found, this.#stats);
  }

  /** Requests that the server accepts from one client at a time. */
  get outstandingLimit(): number {
    return readDescriptor(this.#tree.server)?.limits.outstandingPerClient ?? 8;
  }

  /** True if a server is alive: its process is running or, if that cannot be seen, its heartbeat is recent. */
  get isServed(): boolean {
    const found = readDescriptor(this.#tree.server);
    return found !== undefined && isAlive(found);
  }

  /** Submits a request. Returns false if the directory no longer exists. */
  submit(id: string, chunks: readonly Buffer[]): boolean {
    const name = requestName({ id, client: this.#client });
    const staged = `${this.#tree.tmp}/${name}`;
    failpoint("file-socket/client/before-request-write");
    try {
      writeFile(staged, chunks);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    failpoint("file-socket/client/after-request-write");
    const isSubmitted = move(staged, `${this.#tree.new}/${name}`);
    failpoint("file-socket/client/after-submit");
    if (isSubmitted) return true;
    remove(staged);
    return false;
  }

  /** Removes a request that no server has claimed yet. */
  withdraw(id: string): void {
    failpoint("file-socket/client/before-withdraw");
    remove(`${this.#tree.new}/${requestName({ id, client: this.#client })}`);
    failpoint("file-socket/client/after-withdraw");
  }

  /** Returns the ids of all waiting replies. */
  listReplies(): readonly string[] {
    try {
      return readdirSync(this.#replies).flatMap((name) => parseReplyName(name) ?? []);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /**
   * Reads a reply; returns undefined if it does not exist. The pixels are read `into` the caller's memory if its length is
   * right. The caller then calls {@link removeReply}, even after an error.
   *
   * @throws {FileSocketError} `FSOCK_BAD_REPLY`; `FSOCK_UNTRUSTED_REPLY` in its place if a signed reply is `expected`.
   */
  readReply(id: string, { into, expected }: ReplyReader): ReceivedReply | undefined {
    const path = `${this.#replies}/${replyName(id)}`;
    const opened = openUntrusted(path, MAX_REPLY_BYTES);
    if ("missing" in opened) return undefined;
    if ("defect" in opened) {
      const message = `expected ${path} to be a reply file, got: ${opened.defect}`;
      const error = new FileSocketError("FSOCK_BAD_REPLY", message);
      throw expected === undefined ? error : asUntrusted(error);
    }
    const { fd, stats } = opened;
    failpoint("file-socket/client/before-reply-read");
    try {
      if (expected !== undefined) {
        return { ...readSignedReply(fd, stats.size, into, expected), fileBytes: stats.size };
      }
      const head = into === undefined ? undefined : readUsualHead(fd, stats.size);
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

  /** Removes a reply of `bytes`, or returns its file to the server for reuse if it is large. */
  removeReply(id: string, bytes: number): void {
    const path = `${this.#replies}/${replyName(id)}`;
    failpoint("file-socket/client/before-reply-remove");
    // Keep one spare. Renaming over another file would make some file systems flush it to the disk.
    if (bytes < REUSE_BYTES || exists(this.#spare) || !move(path, this.#spare)) remove(path);
    failpoint("file-socket/client/after-reply-remove");
  }

  /** Removes the reply directory and disconnects. */
  close(): void {
    clearInterval(this.#lease);
    this.#watch.close();
    try {
      if (this.isInPlace) {
        for (const id of this.listReplies()) remove(`${this.#replies}/${replyName(id)}`);
        failpoint("file-socket/client/before-leave");
        remove(this.#spare);
        rmdirSync(this.#replies);
        failpoint("file-socket/client/after-leave");
      }
    } catch {
      // The server removes the directory when the lease ends.
    } finally {
      this.#held.close();
    }
  }

  #touch(): void {
    const now = Date.now() / 1000;
    try {
      failpoint("file-socket/client/before-lease-touch");
      utimesSync(this.#replies, now, now);
      failpoint("file-socket/client/after-lease-touch");
    } catch {
      // The next touch may succeed before the lease ends.
    }
  }
}

/** Reads the head of a reply if it has the usual length; otherwise, or if it is damaged, returns undefined. */
function readUsualHead(fd: number, fileBytes: number): DecodedHead | undefined {
  const start = new Uint8Array(Math.min(fileBytes, USUAL_HEAD_BYTES));
  readInto(fd, start, 0);
  try {
    return decodeHead(start, fileBytes);
  } catch {
    return undefined;
  }
}
