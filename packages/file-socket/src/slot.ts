import { closeSync, fstatSync, lstatSync, type Stats } from "node:fs";
import { fileAge } from "./age.ts";
import { RequestError } from "./errors.ts";
import { failpoint } from "./process/failpoint.ts";
import { createWhole, discard, exists, move, openForeign, readFrom, writeWhole } from "./files.ts";
import { JsonError, type JsonValue } from "./json.ts";
import type { Quarantine } from "./quarantine.ts";
import { isUnread, markUnread, movesAccessTimes } from "./read-receipt.ts";
import { bytesOf, wireError } from "./reply.ts";
import { type Command, oddityError } from "./request.ts";
import { completeJson, validated } from "./slot-command.ts";
import type { Tree } from "./tree.ts";
import type { Clock } from "./process/clock.ts";
import type { ServerLimits } from "./types.ts";

/** Old clients give up after 2 s; a reply after this would answer their next command. */
export const SLOT_PUBLISH_MS = 1_900;
/** After so long they have given up. */
const PATIENCE_MS = 2_000;
/** An incomplete command that has not changed for so long is taken away. */
const INCOMPLETE_MS = 500;
/** How soon an incomplete command is read again. */
const RETRY_MS = 5;
const ERROR_SUFFIX = ".err";

/** A claimed command: valid, or refused. */
export interface SlotJob {
  readonly command: Command | RequestError;
  /** When it was written, on the monotonic clock. */
  readonly bornAt: number;
  /** A ping came while an unread reply waited: that file satisfied the client. */
  readonly isSatisfied: boolean;
  /** Its name in `run`, and the stem of its replies in `tmp`. */
  readonly name: string;
}

/** What became of a reply. */
export type SlotOutcome = "published" | "late" | "superseded";

interface Incomplete {
  readonly stats: Stats;
  readonly since: number;
}

/**
 * The single slot `cmd.json` → `out.raw`, spoken with clients that write the command in place, *then* delete a stale
 * reply, then poll. docs/file-socket.md states the rules that lose nothing to them.
 */
export class Slot {
  readonly #tree: Tree;
  readonly #epoch: string;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #quarantine: Quarantine;
  /** Whether the file system moves access times. */
  readonly #hasReceipts: boolean;
  #count = 0;
  /** Whether `err.json` may be there: nobody else makes it, but an earlier server may have left one. */
  #mayHaveError = true;
  #lastAbsent: number | undefined;
  #incomplete: Incomplete | undefined;
  /** The last picture published, held open: to see whether it was read, and for `read_canvas`. */
  #canvas: { readonly fd: number; readonly size: number } | undefined;
  /** When the command was written whose picture may have to be published once more. */
  #awaited: number | undefined;

  constructor(tree: Tree, epoch: string, clock: Clock, limits: ServerLimits, quarantine: Quarantine) {
    this.#tree = tree;
    this.#epoch = epoch;
    this.#clock = clock;
    this.#limits = limits;
    this.#quarantine = quarantine;
    this.#hasReceipts = movesAccessTimes(`${tree.tmp}/probe.${epoch}`);
  }

  /** Milliseconds to wait before a reply is published: without receipts, and for a pong, the client's delete goes first. */
  settleMs(kind: "picture" | "pong"): number {
    if (kind === "pong") return 50;
    return this.#hasReceipts ? 0 : 10;
  }

  /** Whether a command waits. */
  isWaiting(): boolean {
    if (exists(this.#tree.command)) return true;
    this.#lastAbsent = this.#clock.monotonic();
    return false;
  }

  /** Claim the waiting command. A number asks to be called again after so many milliseconds. */
  take(): SlotJob | number | undefined {
    const opened = openForeign(this.#tree.command, this.#limits.requestBytes);
    if ("missing" in opened) {
      this.#incomplete = undefined;
      this.#lastAbsent = this.#clock.monotonic();
      return undefined;
    }
    if ("odd" in opened) return this.#refuse(this.#tree.command, oddityError(opened.odd), 0);
    const { fd, stats } = opened;
    let value: JsonValue;
    try {
      value = completeJson(fd, stats.size);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return this.#await(stats, error);
    } finally {
      closeSync(fd);
    }
    return this.#claim(stats, value);
  }

  #claim(stats: Stats, value: JsonValue): SlotJob | number {
    const age = fileAge(stats.mtimeMs, this.#lastAbsent, this.#clock);
    const name = this.#seize(stats);
    if (name === undefined) return 0;
    this.#begin();
    const bornAt = this.#clock.monotonic() - age;
    const command = validated(value, this.#limits);
    const isSatisfied = !(command instanceof RequestError) && command.op === "ping" && this.#holdsUnread();
    return { name, bornAt, isSatisfied, command };
  }

  /** Move the command that was read into `run`; undefined where it is no longer the same. */
  #seize(stats: Stats): string | undefined {
    const { command, run } = this.#tree;
    const name = this.#nextName("slot");
    failpoint("file-socket/slot/before-claim");
    if (!move(command, `${run}/${name}`)) return undefined;
    failpoint("file-socket/slot/after-claim");
    if (isUnchanged(lstatSync(`${run}/${name}`), stats)) return name;
    // Written again after it was read: back, unless there is a newer one.
    failpoint("file-socket/slot/before-return");
    if (exists(command) || !move(`${run}/${name}`, command)) discard(`${run}/${name}`);
    failpoint("file-socket/slot/after-return");
    return undefined;
  }

  /** Nothing may be published for an older command from now on. */
  #begin(): void {
    this.#awaited = undefined;
    this.#incomplete = undefined;
    this.#lastAbsent = this.#clock.monotonic();
    this.#removeError();
  }

  /** What an older command left is no answer to this one. */
  #removeError(): void {
    if (!this.#mayHaveError) return;
    if (exists(this.#tree.error)) this.#clearError();
    this.#mayHaveError = false;
  }

  #clearError(): void {
    failpoint("file-socket/slot/before-error-remove");
    if (lstatSync(this.#tree.error).isDirectory()) this.#quarantine.take(this.#tree.error);
    else discard(this.#tree.error);
    failpoint("file-socket/slot/after-error-remove");
  }

  /** Read again soon, or take it away when it has stopped growing. */
  #await(stats: Stats, error: JsonError): SlotJob | number | undefined {
    const now = this.#clock.monotonic();
    const before = this.#incomplete;
    if (before === undefined || !isUnchanged(before.stats, stats)) this.#incomplete = { stats, since: now };
    else if (now - before.since >= INCOMPLETE_MS) {
      const name = this.#seize(stats);
      if (name === undefined) return 0;
      return this.#refuse(
        `${this.#tree.run}/${name}`,
        new RequestError({
          status: "bad_request",
          code: "FSOCK_BAD_JSON",
          message: `the command is no strict JSON: ${error.message}`,
        }),
        INCOMPLETE_MS,
      );
    }
    return RETRY_MS;
  }

  #refuse(path: string, command: RequestError, age: number): SlotJob | undefined {
    if (!this.#quarantine.take(path)) return undefined;
    this.#begin();
    const bornAt = this.#clock.monotonic() - age;
    return { name: this.#nextName("once"), bornAt, isSatisfied: false, command };
  }

  /** Staged under `slot`, a reply survives a kill (see {@link Slot.recover}); under `once` it does not. */
  #nextName(kind: "slot" | "once"): string {
    return `${kind}.${this.#epoch}.${++this.#count}`;
  }

  /** Whether a reply that nobody has read lies in the slot. */
  #holdsUnread(): boolean {
    const found = lstatSync(this.#tree.output, { throwIfNoEntry: false });
    if (found === undefined) return false;
    return !this.#hasReceipts || isUnread(found);
  }

  publishPicture(job: SlotJob, data: Uint8Array | Uint8ClampedArray): SlotOutcome {
    const bytes = bytesOf(data);
    const fd = createWhole(this.#staged(job.name), [bytes]);
    return this.#publishCanvas(job.name, job.bornAt, fd, bytes.byteLength, true);
  }

  /** Publish the last picture again, or a black one where there is none. */
  publishCanvas(job: SlotJob, blackBytes: number): SlotOutcome {
    const last = this.#canvas;
    if (last === undefined) return this.publishPicture(job, black(blackBytes));
    const fd = createWhole(this.#staged(job.name), [readFrom(last.fd, last.size)]);
    return this.#publishCanvas(job.name, job.bornAt, fd, last.size, true);
  }

  #publishCanvas(name: string, bornAt: number, fd: number, size: number, mayRepeat: boolean): SlotOutcome {
    markUnread(fd, this.#clock, bornAt);
    const outcome = this.#publish(name, bornAt, this.#staged(name), this.#tree.output);
    if (outcome !== "published") {
      closeSync(fd);
      return outcome;
    }
    if (this.#canvas !== undefined) closeSync(this.#canvas.fd);
    this.#canvas = { fd, size };
    this.#awaited = mayRepeat ? bornAt : undefined;
    return outcome;
  }

  publishPong(job: SlotJob): SlotOutcome {
    const fd = createWhole(this.#staged(job.name), [Buffer.from("pong")]);
    markUnread(fd, this.#clock, job.bornAt);
    closeSync(fd);
    return this.#publish(job.name, job.bornAt, this.#staged(job.name), this.#tree.output);
  }

  publishError(job: SlotJob, error: RequestError): SlotOutcome {
    this.#mayHaveError = true;
    const staged = `${this.#staged(job.name)}${ERROR_SUFFIX}`;
    writeWhole(staged, [Buffer.from(`${JSON.stringify(wireError(error))}\n`)]);
    return this.#publish(job.name, job.bornAt, staged, this.#tree.error);
  }

  /** Forget a command that gets no reply. */
  drop(job: SlotJob): void {
    discard(`${this.#tree.run}/${job.name}`);
  }

  /**
   * See whether the client has deleted the picture without reading it: then that was the delete it does before it
   * begins to poll, and the picture is published once more. True when that happened.
   */
  checkReceipt(): boolean {
    if (this.#awaited === undefined || this.#canvas === undefined) return false;
    const { fd, size } = this.#canvas;
    const stats = fstatSync(fd);
    if (stats.nlink > 0) return false;
    const bornAt = this.#awaited;
    this.#awaited = undefined;
    if (this.#hasReceipts && !isUnread(stats)) return false;
    const name = this.#nextName("once");
    const copy = createWhole(this.#staged(name), [readFrom(fd, size)]);
    return this.#publishCanvas(name, bornAt, copy, size, false) === "published";
  }

  /**
   * What a killed server left: a claimed command goes back, a finished reply goes out, while the client still waits.
   * A claimed command is removed just before its reply appears, so a staged reply without one is whole.
   */
  recover(runNames: readonly string[], tmpNames: readonly string[]): void {
    const { command, output, error, run, tmp } = this.#tree;
    const isTimely = (path: string): boolean => {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined || exists(command)) return false;
      return fileAge(found.mtimeMs, undefined, this.#clock) < SLOT_PUBLISH_MS;
    };
    const claimed = runNames.filter((name) => name.startsWith("slot."));
    for (const staged of tmpNames.filter((name) => /^(?:slot|once)\./.test(name))) {
      const path = `${tmp}/${staged}`;
      const isError = staged.endsWith(ERROR_SUFFIX);
      const stem = isError ? staged.slice(0, -ERROR_SUFFIX.length) : staged;
      const isWhole = stem.startsWith("slot.") && !claimed.includes(stem);
      failpoint("file-socket/recovery/before-slot-reply");
      if (isWhole && isTimely(path)) move(path, isError ? error : output);
      else discard(path);
      failpoint("file-socket/recovery/after-slot-reply");
    }
    for (const name of claimed) {
      failpoint("file-socket/recovery/before-slot-command");
      if (isTimely(`${run}/${name}`)) move(`${run}/${name}`, command);
      else discard(`${run}/${name}`);
      failpoint("file-socket/recovery/after-slot-command");
    }
  }

  close(): void {
    if (this.#canvas !== undefined) closeSync(this.#canvas.fd);
    this.#canvas = undefined;
    this.#awaited = undefined;
  }

  #staged(name: string): string {
    return `${this.#tree.tmp}/${name}`;
  }

  #publish(name: string, bornAt: number, staged: string, to: string): SlotOutcome {
    const claimed = `${this.#tree.run}/${name}`;
    failpoint("file-socket/slot/before-command-remove");
    discard(claimed);
    failpoint("file-socket/slot/after-command-remove");
    // Last of all: on a busy disk the removal may take so long that the client gives up meanwhile and asks for another.
    const isLate = this.#clock.monotonic() - bornAt > SLOT_PUBLISH_MS;
    if (isLate || exists(this.#tree.command)) {
      discard(staged);
      return isLate ? "late" : "superseded";
    }
    this.#quarantine.publish(staged, to);
    failpoint("file-socket/slot/after-publish");
    return to === this.#tree.output ? this.#confirm(bornAt) : "published";
  }

  /**
   * Between the last look and the rename, a busy machine may have kept us until the client gave up, wrote its next
   * command and made its delete. What lies in the slot would answer that one: it is taken back, unless it was read.
   * Nobody else puts a reply there, so it is ours, or gone.
   */
  #confirm(bornAt: number): SlotOutcome {
    const isLate = this.#clock.monotonic() - bornAt > PATIENCE_MS;
    if ((!isLate && !exists(this.#tree.command)) || !this.#holdsUnread()) return "published";
    if (!discard(this.#tree.output)) return "published";
    return isLate ? "late" : "superseded";
  }
}

function isUnchanged(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function black(bytes: number): Uint8Array {
  const data = new Uint8Array(bytes);
  for (let alpha = 3; alpha < bytes; alpha += 4) data[alpha] = 255;
  return data;
}
