import { closeSync, openSync } from "node:fs";
import { RequestError } from "../errors.ts";
import { errnoOf, isObstacle } from "../fs/errno.ts";
import { bytesOf, errorHead, pictureHead, pongHead } from "../protocol/reply.ts";
import { type Command, MAX_TTL_MS } from "../protocol/request.ts";
import type { RenderReply, RenderRequest } from "../types.ts";
import { ClientCounts } from "./client-counts.ts";
import type { SessionContext } from "./context.ts";
import { wouldFillDisk } from "./disk.ts";
import { mayLaneRun } from "./lanes.ts";
import {
  attemptsRefusal,
  deadlineRefusal,
  grantRefusal,
  storageRefusal,
  unreadRepliesRefusal,
} from "./refusals.ts";
import { type RenderJob, startRender } from "./render-job.ts";
import { useOf } from "./request-content.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFiles, SpoolOutcome } from "./spool-files.ts";
import type { Proof, SpoolJob } from "./spool-job.ts";

/** A request that has ended this many servers is not tried again. */
const MAX_ATTEMPTS = 2;

interface Unsent {
  readonly job: SpoolJob;
  readonly head: Buffer;
}

/**
 * Runs spool requests, several at a time, and answers each exactly once. A reply that cannot be written becomes a `busy`
 * error; an error that cannot be written is kept and retried.
 */
export class SpoolRunner {
  readonly #spool: Spool;
  readonly #files: SpoolFiles;
  readonly #context: SessionContext;
  readonly #requeue: (job: SpoolJob) => void;
  readonly #onDone: () => void;
  readonly #running = new Map<SpoolJob, RenderJob | undefined>();
  readonly #runningOf = new ClientCounts();
  #unsent: Unsent[] = [];
  /** A descriptor to close when the process has no other left, so that an error can still be written. */
  #reserve: number | undefined = openSync("/dev/null", "r");
  /** Moving average of the render time. */
  #meanMs = 1;
  #isClosed = false;

  /** `requeue` takes a request that could not be claimed. `onDone` is called after each render. */
  constructor(
    spool: Spool,
    files: SpoolFiles,
    context: SessionContext,
    requeue: (job: SpoolJob) => void,
    onDone: () => void,
  ) {
    this.#spool = spool;
    this.#files = files;
    this.#context = context;
    this.#requeue = requeue;
    this.#onDone = onDone;
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** True if a lane may have one more render in progress. */
  mayRun(lane: string): boolean {
    const { limits } = this.#context;
    return this.#running.size < limits.concurrency && mayLaneRun(lane, this.#runningOf.get(lane), limits);
  }

  /** True if a request of the lane is being rendered. */
  isRunning(lane: string): boolean {
    return this.#runningOf.get(lane) > 0;
  }

  /** Milliseconds after which a refused request may succeed. */
  get retryAfterMs(): number {
    const estimate = (this.#meanMs * this.#spool.outstanding) / this.#context.limits.concurrency;
    return Math.min(2_000, Math.max(20, Math.ceil(estimate)));
  }

  /** Claims and runs a request. If this throws, the request or its reply is kept and retried. */
  run(job: SpoolJob): void {
    const { clock, limits } = this.#context;
    if (job.attempts >= MAX_ATTEMPTS) return this.#refuse(job, attemptsRefusal(job.attempts));
    try {
      const claimed = this.#files.claim(job);
      if (claimed === "missing") return this.#end(job, "withdrawn");
      if (claimed === "stuck") return this.#spool.release(job);
    } catch (error) {
      this.#requeue(job);
      throw error;
    }
    let command: Command;
    try {
      command = this.#files.read(job);
    } catch (error) {
      return this.#refuse(job, error instanceof RequestError ? error : storageRefusal(error));
    }
    const forbidden = job.proof && refusalOf(job.proof, command);
    if (forbidden !== undefined) return this.#refuse(job, forbidden);
    const deadline = job.writtenAt + (command.ttlMs ?? limits.ttlMs);
    const now = clock.monotonic();
    if (now > deadline) return this.#refuse(job, deadlineRefusal());
    if (command.op !== "render_program") {
      return this.#send(job, [pongHead(job.id, { queuedMs: now - job.writtenAt, renderMs: 0 }, job.signer)]);
    }
    if (this.#files.hasUnread(job)) return this.#refuse(job, unreadRepliesRefusal());
    this.#render(job, command.request, now, deadline);
  }

  #render(job: SpoolJob, request: RenderRequest, startedAt: number, deadline: number): void {
    const { clock, limits, render } = this.#context;
    this.#running.set(job, undefined);
    this.#runningOf.increment(job.lane);
    const grant = job.proof?.grant;
    const terms = { via: "spool", deadline, clock, maxPixels: limits.pixels, grant } as const;
    const started = startRender(render, request, terms, (outcome) =>
      this.#settled(job, startedAt, deadline, outcome),
    );
    if (this.#running.has(job)) this.#running.set(job, started);
  }

  #settled(job: SpoolJob, startedAt: number, deadline: number, outcome: RenderReply | RequestError): void {
    this.#running.delete(job);
    this.#runningOf.decrement(job.lane);
    if (this.#isClosed) return;
    const now = this.#context.clock.monotonic();
    const renderMs = now - startedAt;
    this.#meanMs += (renderMs - this.#meanMs) / 8;
    this.#context.attempt(() => {
      if (outcome instanceof RequestError) return this.#refuse(job, outcome);
      // A synchronous renderer may return after the deadline, when the client no longer waits.
      if (now > deadline) return this.#refuse(job, deadlineRefusal());
      if (wouldFillDisk(outcome.data.byteLength, this.#context)) return this.#refuse(job, storageRefusal());
      const head = pictureHead(
        job.id,
        outcome,
        { queuedMs: startedAt - job.writtenAt, renderMs },
        job.signer,
      );
      this.#send(job, [head, outcome.data]);
    });
    this.#onDone();
  }

  #refuse(job: SpoolJob, error: RequestError): void {
    const { status, code, message } = error;
    const fields = { via: "spool", id: job.id, client: job.client, status, code };
    const level = status === "internal" || status === "poison" ? "error" : "info";
    this.#context.emit({ type: "refused", level, message, fields });
    const keepsRequest = status === "poison" || code === "FSOCK_BAD_FILE";
    this.#context.capabilities?.audit.refused(error, {
      id: job.id,
      client: job.client,
      capability: job.proof?.grant.capability,
    });
    this.#send(job, [errorHead(job.id, error, job.signer)], keepsRequest);
  }

  #send(job: SpoolJob, chunks: readonly (Uint8Array | Uint8ClampedArray)[], keepsRequest = false): void {
    try {
      this.#end(job, this.#files.answer(job, chunks.map(bytesOf), keepsRequest));
    } catch (error) {
      if (error instanceof RequestError) return this.#refuse(job, error);
      const [first, ...rest] = chunks;
      const isPicture = first === undefined || rest.length > 0;
      const head = isPicture ? errorHead(job.id, storageRefusal(error), job.signer) : first;
      this.#sendWithReserve(job, Buffer.from(head));
    }
  }

  #sendWithReserve(job: SpoolJob, head: Buffer): void {
    if (this.#reserve !== undefined) closeSync(this.#reserve);
    this.#reserve = undefined;
    try {
      this.#end(job, this.#files.answer(job, [head]));
    } catch (error) {
      // A client has occupied the name of the staged reply, and its entry cannot be moved.
      if (isObstacle(error)) return this.#abandon(job);
      this.#unsent.push({ job, head });
      throw error;
    } finally {
      this.#restoreReserve();
    }
  }

  /** Opens the reserve descriptor again if it was used. */
  #restoreReserve(): void {
    if (this.#reserve !== undefined || this.#isClosed) return;
    try {
      this.#reserve = openSync("/dev/null", "r");
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }

  /** Retries the replies that could not be written. */
  sendUnsent(): void {
    this.#restoreReserve();
    while (this.#unsent.length > 0) {
      const [{ job, head }] = this.#unsent as [Unsent];
      if (this.#context.clock.monotonic() - job.writtenAt > MAX_TTL_MS) {
        this.#abandon(job);
      } else {
        this.#end(job, this.#files.answer(job, [head]));
      }
      this.#unsent.shift();
    }
  }

  #abandon(job: SpoolJob): void {
    this.#context.quarantine.remove(job.path);
    this.#end(job, "abandoned");
  }

  /** Refuses requests beyond the limits, for up to 1 ms. */
  refuseOverflow(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + 1;
    while (this.#spool.hasOverflow && clock.monotonic() < until) this.#spool.refuseOne(this.retryAfterMs);
  }

  #end(job: SpoolJob, outcome: SpoolOutcome): void {
    this.#spool.release(job);
    const fields = { via: "spool", id: job.id, client: job.client, outcome };
    const message = `spool: ${job.id} ${outcome}`;
    const isAnswered = outcome === "published";
    const type = isAnswered ? "answered" : "dropped";
    this.#context.emit({ type, level: isAnswered ? "debug" : "info", message, fields });
  }

  /** Stops at once. With `handBack`, unfinished requests are returned for the next server. */
  close(handBack: boolean): void {
    this.#isClosed = true;
    for (const { job } of this.#unsent) job.endCounts?.();
    for (const [job, render] of this.#running) {
      render?.abort(deadlineRefusal());
      job.endCounts?.();
      if (handBack) this.#context.attempt(() => this.#files.requeue(job));
    }
    if (this.#reserve !== undefined) closeSync(this.#reserve);
    this.#reserve = undefined;
  }
}

/** Returns the error of a capability that does not allow a command, or does not allow anything any more. */
function refusalOf({ grant }: Proof, command: Command): RequestError | undefined {
  try {
    grant.checkUse(useOf(command));
    grant.checkNow();
    return undefined;
  } catch (error) {
    return grantRefusal(error);
  }
}
