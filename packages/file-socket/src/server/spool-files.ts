import { closeSync, fstatSync, type Stats } from "node:fs";
import { isObstacle } from "../fs/errno.ts";
import { exists, move, openUntrusted, overwriteFile, readFrom, remove } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { replyName, requestName, runName, spareName, stagedReplyName } from "../protocol/names.ts";
import { REUSE_BYTES } from "../protocol/reply.ts";
import type { Command } from "../protocol/request.ts";
import type { SessionContext } from "./context.ts";
import { SHARED_LANE } from "./lanes.ts";
import type { Removal } from "./quarantine.ts";
import { fileRefusal, grantRefusal } from "./refusals.ts";
import { ReplyDirectories } from "./reply-directories.ts";
import { readCommand } from "./request-content.ts";
import { Spares } from "./spares.ts";
import type { SpoolJob } from "./spool-job.ts";

export type SpoolOutcome = "published" | "withdrawn" | "abandoned";

/** The files of admitted requests and their replies, `new → run → out`, specified in docs/file-socket.md. */
export class SpoolFiles {
  readonly #context: SessionContext;
  readonly #replyDirectories: ReplyDirectories;
  readonly #spares = new Spares();
  /** Ignore watch events for these names: this process moved them. */
  readonly #moved = new Set<string>();

  constructor(context: SessionContext) {
    this.#context = context;
    this.#replyDirectories = new ReplyDirectories(context.tree.out);
  }

  /** True if the watch event of this name is that of a claim. */
  isOwnMove(name: string): boolean {
    return this.#moved.delete(name);
  }

  /** Forgets the claims whose watch events have not arrived. */
  forgetMoves(): void {
    this.#moved.clear();
  }

  /** True if a job's client, or its lane, has too many unread replies to get more pictures. */
  hasUnread({ client, lane }: SpoolJob): boolean {
    const { capabilities, limits } = this.#context;
    // The clients of the shared lane are counted one by one: one that does not read its replies delays no other.
    if (capabilities !== undefined && lane !== SHARED_LANE) return capabilities.unread.isFull(lane);
    return this.#replyDirectories.hasUnread(client, 2 * limits.outstandingPerClient);
  }

  countUnreadReplies(): number {
    return this.#replyDirectories.countUnread();
  }

  /** Makes the next reply to each client check its reply directory again. */
  recheck(): void {
    this.#replyDirectories.recheck();
    this.#context.capabilities?.unread.recheck();
  }

  /** Forgets a client whose lease has ended. */
  drop(client: string): void {
    this.#spares.drop(client);
    this.#replyDirectories.drop(client);
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
      // Bytes that were added since the request was counted against the limits of its capability are not read.
      const { size } = opened.stats;
      bytes = readFrom(opened.fd, job.proof === undefined ? size : Math.min(size, job.bytes));
    } finally {
      closeSync(opened.fd);
    }
    failpoint("file-socket/spool/after-read");
    return readCommand(bytes, job, this.#context);
  }

  /**
   * Publishes a reply. The request file is removed just before the reply appears. So after a kill, a staged reply without
   * a request is complete and only has to be moved, and no reply can appear twice.
   *
   * @throws {RequestError} if the grant does not allow this many unread bytes.
   */
  answer(job: SpoolJob, chunks: readonly Uint8Array[], keepsRequest = false): SpoolOutcome {
    const endCount = this.#countUnread(job, chunks);
    let outcome: SpoolOutcome | undefined;
    try {
      outcome = this.#answer(job, chunks, keepsRequest, endCount);
      return outcome;
    } finally {
      if (outcome !== "published") endCount();
    }
  }

  #answer(
    job: SpoolJob,
    chunks: readonly Uint8Array[],
    keepsRequest: boolean,
    endCount: () => void,
  ): SpoolOutcome {
    const { tree, quarantine, capabilities } = this.#context;
    // Staged in `run`, not in `tmp` where clients write: concurrent changes of one directory wait for each other.
    const staged = `${tree.run}/${stagedReplyName(job)}`;
    failpoint("file-socket/spool/before-reply-write");
    const file = this.#write(job.client, staged, chunks);
    failpoint("file-socket/spool/after-reply-write");
    failpoint("file-socket/spool/before-request-remove");
    const wasThere = keepsRequest ? quarantine.take(job.path) !== "missing" : this.#removeRequest(job.path);
    failpoint("file-socket/spool/after-request-remove");
    if (!wasThere) {
      remove(staged);
      return "withdrawn";
    }
    if (job.proof !== undefined) {
      const { leaf, header } = job.proof;
      capabilities?.replays.answered({ leaf, id: job.id, expiresAt: header.expiresAt });
    }
    failpoint("file-socket/spool/before-publish");
    const isPublished = this.#replyDirectories.publish(staged, job);
    failpoint("file-socket/spool/after-publish");
    if (!isPublished) {
      remove(staged);
      return "abandoned";
    }
    if (file !== undefined && job.lane !== SHARED_LANE) {
      const path = `${tree.out}/${job.client}/${replyName(job.id)}`;
      capabilities?.unread.add(job.lane, { path, file, isError: chunks.length === 1, end: endCount });
    }
    return "published";
  }

  /** Counts a picture against the limits of its grant. Returns the function that ends the count. */
  #countUnread({ lane, proof }: SpoolJob, chunks: readonly Uint8Array[]): () => void {
    const { capabilities } = this.#context;
    if (capabilities === undefined || proof === undefined || chunks.length === 1) return () => {};
    try {
      return capabilities.unread.count(lane, () => proof.grant.admitUnread(sizeOf(chunks)));
    } catch (error) {
      throw grantRefusal(error);
    }
  }

  /** Writes a reply. Returns the status of its file if that is needed later. */
  #write(client: string, staged: string, chunks: readonly Uint8Array[]): Stats | undefined {
    const { quarantine, capabilities } = this.#context;
    const isLarge = sizeOf(chunks) >= REUSE_BYTES;
    const reused = isLarge ? this.#reuse(client, staged, chunks) : undefined;
    if (reused !== undefined) return reused;
    // The name may be taken: by an earlier attempt that failed after this step, or by a client.
    const fd = quarantine.create(staged, chunks);
    try {
      const file = isLarge || capabilities !== undefined ? fstatSync(fd) : undefined;
      if (isLarge && file !== undefined) this.#spares.add(client, file);
      return file;
    } finally {
      closeSync(fd);
    }
  }

  /** Writes a large reply over the file that the client returned for reuse. Returns undefined if there is none. */
  #reuse(client: string, staged: string, chunks: readonly Uint8Array[]): Stats | undefined {
    const { tree, quarantine } = this.#context;
    failpoint("file-socket/spool/before-spare-take");
    const spare = `${tree.tmp}/${spareName(client)}`;
    try {
      if (!move(spare, staged)) return undefined;
    } catch (error) {
      if (!quarantine.isCausedBy(spare, error)) throw error;
      quarantine.note(spare, error);
      return undefined;
    }
    failpoint("file-socket/spool/after-spare-take");
    const file = overwriteFile(staged, chunks, (found) => this.#spares.has(client, found));
    if (file === undefined) quarantine.remove(staged);
    return file;
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

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}
