import { closeSync, lstatSync, mkdirSync, readdirSync, rmdirSync, type Stats } from "node:fs";
import { HEARTBEAT_STALE_MS, readDescriptor } from "./descriptor.ts";
import { type HeldDirectory, holdDirectory, isSameFile } from "./directory.ts";
import { errnoOf, FileSocketError } from "./errors.ts";
import { discard, move, openForeign, readFrom, touch, writeWhole } from "./files.ts";
import { bootId, LEASE_TOUCH_MS, startTicks } from "./lease.ts";
import { replyName, requestName } from "./names.ts";
import { MAX_REPLY_BYTES } from "./reply.ts";
import { type Tree, treeOf } from "./tree.ts";
import { type Watch, watchNames } from "./watch.ts";

const REPLY_NAME = /^([0-9A-Z]{26})\.rep$/;

/** A client's place in a served directory: where it submits, and its own directory for replies, which is its lease. */
export class Mailbox {
  readonly #held: HeldDirectory;
  readonly #tree: Tree;
  readonly #client: string;
  readonly #own: string;
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
    try {
      mkdirSync(this.#own, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    this.#stats = lstatSync(this.#own);
    this.#watch = watchNames(this.#own, false, (name) => {
      const id = name === null ? undefined : REPLY_NAME.exec(name)?.[1];
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
    if (found.bootId === bootId() && startTicks(found.pid) === found.startTicks) return true;
    return Math.abs(Date.now() - found.heartbeatAt) < HEARTBEAT_STALE_MS;
  }

  /** Submit; false when the directory has gone. */
  submit(id: string, body: Buffer): boolean {
    const name = requestName({ id, client: this.#client });
    const staged = `${this.#tree.tmp}/${name}`;
    try {
      writeWhole(staged, [body]);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    if (move(staged, `${this.#tree.new}/${name}`)) return true;
    discard(staged);
    return false;
  }

  /** Take a request back, where no server has claimed it. */
  withdraw(id: string): void {
    discard(`${this.#tree.new}/${requestName({ id, client: this.#client })}`);
  }

  /** The ids of all replies that wait. */
  list(): readonly string[] {
    try {
      return readdirSync(this.#own).flatMap((name) => REPLY_NAME.exec(name)?.[1] ?? []);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /** Read and remove a reply; undefined where there is none. */
  take(id: string): Buffer | undefined {
    const path = `${this.#own}/${replyName(id)}`;
    const opened = openForeign(path, MAX_REPLY_BYTES);
    if ("missing" in opened) return undefined;
    if ("odd" in opened) {
      discard(path);
      throw new FileSocketError("FSOCK_BAD_REPLY", `the reply ${path} was refused: ${opened.odd}`);
    }
    try {
      return readFrom(opened.fd, opened.stats.size);
    } finally {
      closeSync(opened.fd);
      discard(path);
    }
  }

  /** Remove the lease, or only let go of it where it is no longer there. */
  leave(): void {
    clearInterval(this.#lease);
    this.#watch.close();
    try {
      if (this.isInPlace) {
        for (const id of this.list()) discard(`${this.#own}/${replyName(id)}`);
        rmdirSync(this.#own);
      }
    } catch {
      // What cannot be removed now is removed by the server when the lease ends.
    } finally {
      this.#held.close();
    }
  }

  #touch(): void {
    try {
      touch(this.#own, Date.now() / 1000);
    } catch {
      // The next touch may work; until then the lease runs.
    }
  }
}
