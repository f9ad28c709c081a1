import { closeSync, openSync } from "node:fs";
import type { Context } from "./context.ts";
import { diskError, wouldFillDisk } from "./disk.ts";
import { errnoOf, RequestError } from "./errors.ts";
import { discard } from "./files.ts";
import { deadlineError, type RenderJob, startRender } from "./render-job.ts";
import { bytesOf, errorHead, pictureHead, pongHead } from "./reply.ts";
import { type Command, MAX_TTL_MS } from "./request.ts";
import type { Entry, Spool, SpoolOutcome } from "./spool.ts";
import type { RenderReply, RenderRequest } from "./types.ts";

interface Running {
  readonly startedAt: number;
  job?: RenderJob;
}

interface Unsent {
  readonly entry: Entry;
  readonly head: Buffer;
}

/** Runs spool requests, several at a time, and answers each exactly once. */
export class SpoolRunner {
  readonly #spool: Spool;
  readonly #context: Context;
  readonly #again: (entry: Entry) => void;
  readonly #done: () => void;
  readonly #running = new Map<Entry, Running>();
  readonly #runningOf = new Map<string, number>();
  /** Replies that could not be written yet. */
  #unsent: Unsent[] = [];
  /** One descriptor to give up when there is no other, so that a refusal can still be written. */
  #spare: number | undefined = openSync("/dev/null", "r");
  #meanMs = 1;
  #isClosed = false;

  /** `again` takes a request that could not even be claimed; `done` hears that a render has ended. */
  constructor(spool: Spool, context: Context, again: (entry: Entry) => void, done: () => void) {
    this.#spool = spool;
    this.#context = context;
    this.#again = again;
    this.#done = done;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Whether `client` may have one more render in flight. */
  mayRun(client: string): boolean {
    const { concurrency } = this.#context.limits;
    if (this.#running.size >= concurrency) return false;
    return (this.#runningOf.get(client) ?? 0) < Math.ceil(concurrency / 2);
  }

  /** When it makes sense to try again, in milliseconds. */
  get retryAfterMs(): number {
    const estimate = (this.#meanMs * this.#spool.outstanding) / this.#context.limits.concurrency;
    return Math.min(2_000, Math.max(20, Math.ceil(estimate)));
  }

  /** Claim and run. When this throws, the request is not lost: it waits again, or its reply does. */
  run(entry: Entry): void {
    if (this.#spool.isPoison(entry)) return this.#answer(entry, poisonError(entry.attempts));
    try {
      if (!this.#spool.claim(entry)) return this.#end(entry, "withdrawn");
    } catch (error) {
      this.#again(entry);
      throw error;
    }
    let command: Command;
    try {
      command = this.#spool.read(entry);
    } catch (error) {
      return this.#answer(entry, error instanceof RequestError ? error : diskError(error));
    }
    const deadline = entry.bornAt + (command.ttlMs ?? this.#context.limits.ttlMs);
    const now = this.#context.clock.monotonic();
    if (now > deadline) return this.#answer(entry, deadlineError());
    if (command.op !== "render_program") {
      return this.#send(entry, [pongHead(entry.id, { queuedMs: now - entry.bornAt, renderMs: 0 })]);
    }
    if (this.#spool.hasUnread(entry.client)) return this.#answer(entry, unreadError());
    this.#render(entry, command.request, now, deadline);
  }

  #render(entry: Entry, request: RenderRequest, startedAt: number, deadline: number): void {
    const { clock, render } = this.#context;
    const running: Running = { startedAt };
    this.#running.set(entry, running);
    this.#runningOf.set(entry.client, (this.#runningOf.get(entry.client) ?? 0) + 1);
    const terms = { via: "spool", deadline, clock } as const;
    const job = startRender(render, request, terms, (outcome) =>
      this.#settled(entry, startedAt, deadline, outcome),
    );
    running.job = job;
  }

  #settled(entry: Entry, startedAt: number, deadline: number, outcome: RenderReply | RequestError): void {
    this.#running.delete(entry);
    const left = (this.#runningOf.get(entry.client) ?? 1) - 1;
    if (left > 0) this.#runningOf.set(entry.client, left);
    else this.#runningOf.delete(entry.client);
    if (this.#isClosed) return;
    const now = this.#context.clock.monotonic();
    const renderMs = now - startedAt;
    this.#meanMs += (renderMs - this.#meanMs) / 8;
    this.#context.attempt(() => {
      if (outcome instanceof RequestError) return this.#answer(entry, outcome);
      // A renderer that kept the thread: nobody waits any more, and a picture would only take room.
      if (now > deadline) return this.#answer(entry, deadlineError());
      if (wouldFillDisk(outcome.data.byteLength, this.#context)) return this.#answer(entry, diskError());
      const head = pictureHead(entry.id, outcome, { queuedMs: startedAt - entry.bornAt, renderMs });
      this.#send(entry, [head, outcome.data]);
    });
    this.#done();
  }

  #answer(entry: Entry, error: RequestError): void {
    const { status, code, message } = error;
    const fields = { via: "spool", id: entry.id, client: entry.client, status, code };
    const level = status === "internal" || status === "poison" ? "error" : "info";
    this.#context.emit({ type: "refused", level, message, fields });
    const keepsRequest = status === "poison" || code === "FSOCK_BAD_FILE";
    this.#send(entry, [errorHead(entry.id, error)], keepsRequest);
  }

  /** Publish; where that fails, say busy instead, now or as soon as it can be written. */
  #send(entry: Entry, chunks: readonly (Uint8Array | Uint8ClampedArray)[], keepsRequest = false): void {
    try {
      this.#end(entry, this.#spool.answer(entry, chunks.map(bytesOf), keepsRequest));
    } catch (error) {
      const [first, ...rest] = chunks;
      const head = first === undefined || rest.length > 0 ? errorHead(entry.id, diskError(error)) : first;
      this.#sendWithoutSpare(entry, Buffer.from(head));
    }
  }

  #sendWithoutSpare(entry: Entry, head: Buffer): void {
    if (this.#spare !== undefined) closeSync(this.#spare);
    this.#spare = undefined;
    try {
      this.#end(entry, this.#spool.answer(entry, [head]));
    } catch (error) {
      this.#unsent.push({ entry, head });
      throw error;
    } finally {
      this.restoreSpare();
    }
  }

  /** Open the spare descriptor again where it had to be given up. */
  restoreSpare(): void {
    if (this.#spare !== undefined || this.#isClosed) return;
    try {
      this.#spare = openSync("/dev/null", "r");
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Try again what could not be written. */
  sendUnsent(): void {
    while (this.#unsent.length > 0) {
      const [{ entry, head }] = this.#unsent as [Unsent];
      if (this.#context.clock.monotonic() - entry.bornAt > MAX_TTL_MS) {
        discard(entry.path);
        this.#end(entry, "abandoned");
      } else {
        this.#end(entry, this.#spool.answer(entry, [head]));
      }
      this.#unsent.shift();
    }
  }

  /** Tell some clients that too many requests wait, for a millisecond. */
  refuseSome(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + 1;
    while (this.#spool.hasOverflow && clock.monotonic() < until) this.#spool.refuseOne(this.retryAfterMs);
  }

  #end(entry: Entry, outcome: SpoolOutcome): void {
    this.#spool.release(entry);
    const fields = { via: "spool", id: entry.id, client: entry.client, outcome };
    const message = `spool: ${entry.id} ${outcome}`;
    const type = outcome === "published" ? "answered" : "dropped";
    this.#context.emit({ type, level: "info", message, fields });
  }

  /** Stop at once. With `handBack`, unfinished requests are put back for the next server. */
  close(handBack: boolean): void {
    this.#isClosed = true;
    for (const [entry, { job }] of this.#running) {
      job?.abort(deadlineError());
      if (handBack) this.#context.attempt(() => this.#spool.requeue(entry));
    }
    if (this.#spare !== undefined) closeSync(this.#spare);
    this.#spare = undefined;
  }
}

function unreadError(): RequestError {
  return new RequestError({
    status: "busy",
    code: "FSOCK_UNREAD_REPLIES",
    message: "read and remove the replies that wait for you first",
    retryAfterMs: 100,
  });
}

function poisonError(attempts: number): RequestError {
  return new RequestError({
    status: "poison",
    code: "FSOCK_TOO_MANY_ATTEMPTS",
    message: `the server ended ${attempts} times while it worked on this request`,
  });
}
