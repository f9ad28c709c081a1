import { randomInt } from "node:crypto";
import { closeSync, fstatSync, lstatSync, type Stats } from "node:fs";
import { RequestError } from "../errors.ts";
import { exists, move, openUntrusted, readFrom } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import { JsonError, type JsonValue } from "../protocol/json.ts";
import { bytesOf, wireError } from "../protocol/reply.ts";
import type { Command } from "../protocol/request.ts";
import type { SessionContext } from "./context.ts";
import { fileAge } from "./file-age.ts";
import { lstatOf } from "./quarantine.ts";
import { isUnread, markUnread, updatesAccessTimes } from "./read-receipt.ts";
import { capabilityRequiredRefusal, fileRefusal } from "./refusals.ts";
import { readCommand, validateCommand } from "./slot-command.ts";

/** Old clients give up after 2 s; a reply published later than this would answer their next command. */
export const SLOT_PUBLISH_MS = 1_900;
const CLIENT_TIMEOUT_MS = 2_000;
/** An incomplete command that has not changed for this long is refused. */
const INCOMPLETE_MS = 500;
/** Milliseconds until an incomplete command is read again. */
const RETRY_MS = 5;
/** A file that has not changed for this long before it was read will be the same when it is read again. */
const SETTLED_MS = 20;
/** After a read that took this many milliseconds or more, the slot rests for a multiple of that time. */
const SLOW_READ_MS = 1;
/** Commands up to this size take much less: if one took longer, other processes had the processor. */
const QUICK_BYTES = 4_096;
const REST_FACTOR = 4;
/** File numbers are random, so that no client can occupy the name of a file before it is written. */
const MAX_NUMBER = 2 ** 48 - 1;
/** Suffix of a staged `err.json`. */
export const ERROR_SUFFIX = ".err";

/** A claimed command: valid, or refused. */
export interface SlotJob {
  readonly command: Command | RequestError;
  /** The moment at which it was written, on the monotonic clock. */
  readonly writtenAt: number;
  /** True for a ping that found an unread reply in the slot: the client takes that reply for its answer. */
  readonly isAnswered: boolean;
  /** Its name in `run`, and the stem of its replies in `tmp`. */
  readonly name: string;
}

export type SlotOutcome = "published" | "late" | "superseded" | "obstructed";

interface Incomplete {
  readonly stats: Stats;
  readonly since: number;
  readonly error: JsonError;
  /** True if the file need not be read again while it has the same status. */
  readonly isSettled: boolean;
}

/**
 * The files of the slot, `cmd.json` → `out.raw`. It claims commands and publishes replies for clients that write the
 * command in place, *then* delete a stale reply, then poll; docs/file-socket.md states the rules under which they lose no
 * reply. It keeps the last picture open, to see whether it was read and for `read_canvas`.
 */
export class Slot {
  readonly #context: SessionContext;
  readonly #hasReadReceipts: boolean;
  /** True if `err.json` may exist. A previous server may have left one. */
  #mayHaveError = true;
  /** The last moment at which there was no command. */
  #lastAbsent: number | undefined;
  #incomplete: Incomplete | undefined;
  /** The status of a `cmd.json` that cannot be moved. It has been refused and counts as absent until it changes. */
  #stuck: Stats | undefined;
  /** The end of the rest after a slow read, on the monotonic clock. */
  #restUntil = 0;
  /** The last picture published. */
  #canvas: { readonly fd: number; readonly size: number } | undefined;
  /** The `writtenAt` of the command whose picture may have to be published again. */
  #mayRepeatFor: number | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#hasReadReceipts = updatesAccessTimes(`${context.tree.tmp}/probe.${context.epoch}`);
  }

  /** Milliseconds to wait before publishing, so that the client's delete comes first. */
  publishDelayMs(kind: "picture" | "pong"): number {
    if (kind === "pong") return 50;
    return this.#hasReadReceipts ? 0 : 10;
  }

  /** True if there is a command. */
  isWaiting(): boolean {
    if (this.#hasCommand()) return true;
    this.#lastAbsent = this.#context.clock.monotonic();
    return false;
  }

  /** Claims the command. A number is the milliseconds after which to call again. */
  take(): SlotJob | number | undefined {
    const { tree, clock, limits } = this.#context;
    if (this.#stuck !== undefined && !this.#hasCommand()) return undefined;
    const restMs = this.#restUntil - clock.monotonic();
    if (restMs > 0) return restMs;
    const opened = openUntrusted(tree.command, limits.requestBytes);
    if ("missing" in opened) {
      this.#incomplete = undefined;
      this.#lastAbsent = clock.monotonic();
      return undefined;
    }
    if ("defect" in opened) return this.#refuse(tree.command, fileRefusal(opened.defect), 0);
    const { fd, stats } = opened;
    if (this.#context.capabilities?.mode === "require") {
      closeSync(fd);
      return this.#claim(stats, undefined);
    }
    const startedAt = clock.monotonic();
    const readAt = clock.now();
    let value: JsonValue;
    try {
      const before = this.#incomplete;
      if (before?.isSettled === true && isUnchanged(before.stats, stats)) throw before.error;
      value = readCommand(fd, stats.size);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return this.#retry(stats, error, readAt - stats.mtimeMs > SETTLED_MS);
    } finally {
      closeSync(fd);
      if (stats.size > QUICK_BYTES) this.#rest(clock.monotonic() - startedAt);
    }
    return this.#claim(stats, value);
  }

  /** Bounds the share of the thread that is spent on reading commands, however often a client writes a large one. */
  #rest(readMs: number): void {
    if (readMs < SLOW_READ_MS) return;
    this.#restUntil = this.#context.clock.monotonic() + REST_FACTOR * readMs;
  }

  /** True if there is a command other than the one that cannot be moved. */
  #hasCommand(): boolean {
    if (this.#stuck === undefined) return exists(this.#context.tree.command);
    const { tree, quarantine } = this.#context;
    const found = lstatSync(tree.command, { throwIfNoEntry: false });
    if (found === undefined) return false;
    const isSame = isUnchanged(found, this.#stuck) && found.ctimeMs === this.#stuck.ctimeMs;
    // It may be movable by now because of a change elsewhere. It is not refused a second time.
    if (isSame && quarantine.take(tree.command) === "stuck") return false;
    this.#stuck = undefined;
    return exists(tree.command);
  }

  /** Claims the command that was read, or that is refused unread because the slot cannot carry a capability. */
  #claim(stats: Stats, value: JsonValue | undefined): SlotJob | number | undefined {
    const { tree, clock, limits } = this.#context;
    const age = fileAge(stats.mtimeMs, this.#lastAbsent, clock);
    const name = this.#claimFile(stats);
    if (name instanceof RequestError) return this.#refuse(tree.command, name, age);
    if (name === undefined) return 0;
    this.#supersede();
    const writtenAt = clock.monotonic() - age;
    const command = value === undefined ? capabilityRequiredRefusal() : validateCommand(value, limits);
    const isAnswered = !(command instanceof RequestError) && command.op === "ping" && this.#hasUnreadReply();
    return { name, writtenAt, isAnswered, command };
  }

  /** Moves the command that was read into `run`. Returns undefined if it has changed since, or an error if it cannot be moved. */
  #claimFile(stats: Stats): string | RequestError | undefined {
    const { tree, quarantine } = this.#context;
    const { command } = tree;
    const name = this.#nextName("slot");
    const path = `${tree.run}/${name}`;
    failpoint("file-socket/slot/before-claim");
    try {
      if (!move(command, path)) return undefined;
    } catch (error) {
      if (!quarantine.isCausedBy(command, error)) throw error;
      quarantine.note(command, error);
      return fileRefusal("immovable");
    }
    failpoint("file-socket/slot/after-claim");
    const claimed = lstatOf(path);
    if (claimed !== undefined && isUnchanged(claimed, stats)) return name;
    // Written again after it was read: return it, unless there is a newer one.
    failpoint("file-socket/slot/before-return");
    if (exists(command) || !quarantine.publish(path, command)) quarantine.remove(path);
    failpoint("file-socket/slot/after-return");
    return undefined;
  }

  /** Ensures that no reply to an older command is published from now on. */
  #supersede(): void {
    this.#mayRepeatFor = undefined;
    this.#incomplete = undefined;
    this.#lastAbsent = this.#context.clock.monotonic();
    if (!this.#mayHaveError) return;
    if (exists(this.#context.tree.error)) this.#removeError();
    this.#mayHaveError = false;
  }

  #removeError(): void {
    const { tree, quarantine } = this.#context;
    failpoint("file-socket/slot/before-error-remove");
    quarantine.remove(tree.error);
    failpoint("file-socket/slot/after-error-remove");
  }

  /** Asks for another attempt at an incomplete command, or refuses it if it has stopped changing. */
  #retry(stats: Stats, error: JsonError, isSettled: boolean): SlotJob | number | undefined {
    const now = this.#context.clock.monotonic();
    const before = this.#incomplete;
    if (before === undefined || !isUnchanged(before.stats, stats)) {
      this.#incomplete = { stats, since: now, error, isSettled };
    } else if (now - before.since < INCOMPLETE_MS) {
      this.#incomplete = { ...before, error, isSettled };
    } else {
      const name = this.#claimFile(stats);
      if (name instanceof RequestError) return this.#refuse(this.#context.tree.command, name, INCOMPLETE_MS);
      if (name === undefined) return 0;
      const message = `the command is not strict JSON: ${error.message}`;
      return this.#refuse(
        `${this.#context.tree.run}/${name}`,
        new RequestError({ status: "bad_request", code: "FSOCK_BAD_JSON", message }),
        INCOMPLETE_MS,
      );
    }
    return RETRY_MS;
  }

  #refuse(path: string, command: RequestError, age: number): SlotJob | undefined {
    const { tree, quarantine, clock } = this.#context;
    const removal = quarantine.takeNow(path);
    if (removal === "missing") return undefined;
    if (removal === "stuck" && path === tree.command) this.#stuck = lstatOf(path);
    this.#supersede();
    return { name: this.#nextName("once"), writtenAt: clock.monotonic() - age, isAnswered: false, command };
  }

  /** A reply staged as `slot.…` is published by the next server after a kill (see recoverSlot), `once.…` is not. */
  #nextName(kind: "slot" | "once"): string {
    return `${kind}.${this.#context.epoch}.${randomInt(1, MAX_NUMBER)}`;
  }

  #hasUnreadReply(): boolean {
    const found = lstatSync(this.#context.tree.output, { throwIfNoEntry: false });
    if (found === undefined) return false;
    return !this.#hasReadReceipts || isUnread(found);
  }

  publishPicture(job: SlotJob, data: Uint8Array | Uint8ClampedArray): SlotOutcome {
    const bytes = bytesOf(data);
    const fd = this.#context.quarantine.create(this.#staged(job.name), [bytes]);
    return this.#publishCanvas(job.name, job.writtenAt, fd, bytes.byteLength, true);
  }

  /** Publishes the last picture again, or a black one of `blackBytes` if there is none. */
  publishCanvas(job: SlotJob, blackBytes: number): SlotOutcome {
    const last = this.#canvas;
    if (last === undefined) return this.publishPicture(job, black(blackBytes));
    const fd = this.#context.quarantine.create(this.#staged(job.name), [readFrom(last.fd, last.size)]);
    return this.#publishCanvas(job.name, job.writtenAt, fd, last.size, true);
  }

  #publishCanvas(name: string, writtenAt: number, fd: number, size: number, mayRepeat: boolean): SlotOutcome {
    markUnread(fd, this.#context.clock, writtenAt);
    const outcome = this.#publish(name, writtenAt, this.#staged(name), this.#context.tree.output);
    if (outcome !== "published") {
      closeSync(fd);
      return outcome;
    }
    if (this.#canvas !== undefined) closeSync(this.#canvas.fd);
    this.#canvas = { fd, size };
    this.#mayRepeatFor = mayRepeat ? writtenAt : undefined;
    return outcome;
  }

  publishPong(job: SlotJob): SlotOutcome {
    const fd = this.#context.quarantine.create(this.#staged(job.name), [Buffer.from("pong")]);
    markUnread(fd, this.#context.clock, job.writtenAt);
    closeSync(fd);
    return this.#publish(job.name, job.writtenAt, this.#staged(job.name), this.#context.tree.output);
  }

  publishError(job: SlotJob, error: RequestError): SlotOutcome {
    this.#mayHaveError = true;
    const staged = `${this.#staged(job.name)}${ERROR_SUFFIX}`;
    const text = Buffer.from(`${JSON.stringify(wireError(error))}\n`);
    closeSync(this.#context.quarantine.create(staged, [text]));
    return this.#publish(job.name, job.writtenAt, staged, this.#context.tree.error);
  }

  /** Removes a claimed command that gets no reply. */
  drop(job: SlotJob): void {
    this.#context.quarantine.remove(`${this.#context.tree.run}/${job.name}`);
  }

  /**
   * Publishes the picture again, once, if the client deleted it without reading it: a client deletes the previous reply
   * before it polls, and may have deleted this one instead.
   */
  checkReceipt(): void {
    if (this.#mayRepeatFor === undefined || this.#canvas === undefined) return;
    const { fd, size } = this.#canvas;
    const stats = fstatSync(fd);
    if (stats.nlink > 0) return;
    const writtenAt = this.#mayRepeatFor;
    this.#mayRepeatFor = undefined;
    if (this.#hasReadReceipts && !isUnread(stats)) return;
    const name = this.#nextName("once");
    const copy = this.#context.quarantine.create(this.#staged(name), [readFrom(fd, size)]);
    this.#publishCanvas(name, writtenAt, copy, size, false);
  }

  close(): void {
    if (this.#canvas !== undefined) closeSync(this.#canvas.fd);
    this.#canvas = undefined;
    this.#mayRepeatFor = undefined;
  }

  #staged(name: string): string {
    return `${this.#context.tree.tmp}/${name}`;
  }

  #publish(name: string, writtenAt: number, staged: string, to: string): SlotOutcome {
    const { tree, clock, quarantine } = this.#context;
    failpoint("file-socket/slot/before-command-remove");
    quarantine.remove(`${tree.run}/${name}`);
    failpoint("file-socket/slot/after-command-remove");
    // Checked after the removal, which on a busy disk may take so long that the client gives up and writes a new command.
    const isLate = clock.monotonic() - writtenAt > SLOT_PUBLISH_MS;
    if (isLate || this.#hasCommand()) {
      quarantine.remove(staged);
      return isLate ? "late" : "superseded";
    }
    if (!quarantine.publish(staged, to)) return "obstructed";
    failpoint("file-socket/slot/after-publish");
    return to === tree.output ? this.#confirm(writtenAt) : "published";
  }

  /**
   * Takes back a reply that would answer the next command: on a busy machine, the client may have given up, written
   * that command and deleted the previous reply between the last check and the rename. Only the server puts a reply in
   * the slot, so the file there is this reply.
   */
  #confirm(writtenAt: number): SlotOutcome {
    const { tree, clock, quarantine } = this.#context;
    const isLate = clock.monotonic() - writtenAt > CLIENT_TIMEOUT_MS;
    if ((!isLate && !this.#hasCommand()) || !this.#hasUnreadReply()) return "published";
    if (quarantine.remove(tree.output) !== "done") return "published";
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
