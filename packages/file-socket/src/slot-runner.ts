import type { Context } from "./context.ts";
import { RequestError } from "./errors.ts";
import { diskError, wouldFillDisk } from "./disk.ts";
import { type RenderJob, startRender } from "./render-job.ts";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH } from "./request.ts";
import { type Slot, SLOT_PUBLISH_MS, type SlotJob, type SlotOutcome } from "./slot.ts";
import type { RenderReply, RenderRequest } from "./types.ts";

const BLACK_BYTES = DEFAULT_WIDTH * DEFAULT_HEIGHT * 4;

interface Current {
  readonly job: SlotJob;
  render?: RenderJob;
  timer?: NodeJS.Timeout;
}

/** Runs slot commands, one at a time: a newer one replaces the one in hand, whose reply would come too late. */
export class SlotRunner {
  readonly #slot: Slot;
  readonly #context: Context;
  readonly #offer: () => void;
  #current: Current | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `offer` asks for a turn. */
  constructor(slot: Slot, context: Context, offer: () => void) {
    this.#slot = slot;
    this.#context = context;
    this.#offer = offer;
  }

  get isIdle(): boolean {
    return this.#current === undefined;
  }

  /** Take the waiting command, if it is complete, and run it. */
  run(): void {
    if (this.#isClosed) return;
    const taken = this.#slot.take();
    if (taken === undefined) return;
    if (typeof taken === "number") {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(this.#offer, taken);
      return;
    }
    const before = this.#current;
    const current: Current = { job: taken };
    this.#current = current;
    if (before !== undefined) this.#replace(before);
    this.#start(current);
  }

  /** Stop at once; a claimed command is left to the next server. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const current = this.#current;
    this.#current = undefined;
    clearTimeout(current?.timer);
    current?.render?.abort(supersededError("the server ends"));
  }

  #replace(before: Current): void {
    clearTimeout(before.timer);
    before.render?.abort(supersededError("a newer command came"));
    this.#slot.drop(before.job);
    this.#report(before.job, "superseded");
  }

  #start(current: Current): void {
    const { job } = current;
    const { command } = job;
    if (command instanceof RequestError) return this.#finish(current, () => this.#refuse(job, command));
    switch (command.op) {
      case "ping":
        return this.#pong(current);
      case "read_canvas":
        return this.#finish(current, () => this.#slot.publishCanvas(job, BLACK_BYTES));
      case "render_program":
        return this.#render(current, command.request);
    }
  }

  #pong(current: Current): void {
    const { job } = current;
    if (job.isSatisfied) {
      this.#slot.drop(job);
      this.#current = undefined;
      return;
    }
    current.timer = setTimeout(
      () => this.#finish(current, () => this.#slot.publishPong(job)),
      this.#slot.settleMs("pong"),
    );
  }

  #render(current: Current, request: RenderRequest): void {
    const { clock, limits, render } = this.#context;
    const { job } = current;
    const deadline = Math.min(clock.monotonic() + limits.slotMs, job.bornAt + SLOT_PUBLISH_MS);
    const settled = (outcome: RenderReply | RequestError): void => {
      if (this.#current !== current) return;
      const delay = this.#slot.settleMs("picture");
      if (outcome instanceof RequestError) this.#finish(current, () => this.#refuse(job, outcome));
      else if (delay === 0) this.#finish(current, () => this.#show(job, outcome));
      else {
        const copy = { ...outcome, data: outcome.data.slice() };
        current.timer = setTimeout(() => this.#finish(current, () => this.#show(job, copy)), delay);
      }
    };
    const started = startRender(render, request, { via: "slot", deadline, clock }, settled);
    if (this.#current === current) current.render = started;
  }

  #show(job: SlotJob, reply: RenderReply): SlotOutcome {
    if (wouldFillDisk(reply.data.byteLength, this.#context)) return this.#refuse(job, diskError());
    try {
      return this.#slot.publishPicture(job, reply.data);
    } catch (error) {
      return this.#refuse(job, diskError(error));
    }
  }

  #refuse(job: SlotJob, error: RequestError): SlotOutcome {
    const outcome = this.#slot.publishError(job, error);
    const { status, code, message } = error;
    this.#context.emit({ type: "refused", level: "info", message, fields: { via: "slot", status, code } });
    return outcome;
  }

  #finish(current: Current, publish: () => SlotOutcome): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    this.#context.attempt(() => this.#report(current.job, publish()));
  }

  #report(job: SlotJob, outcome: SlotOutcome): void {
    const ageMs = Math.round(this.#context.clock.monotonic() - job.bornAt);
    if (outcome === "published") {
      if (job.command instanceof RequestError) return;
      const { op } = job.command;
      const message = `slot: ${op} answered after ${ageMs} ms`;
      this.#context.emit({ type: "answered", level: "info", message, fields: { via: "slot", op, ageMs } });
    } else {
      const message = `slot: a reply was ${outcome} after ${ageMs} ms and dropped`;
      this.#context.emit({
        type: "dropped",
        level: "warn",
        message,
        fields: { via: "slot", outcome, ageMs },
      });
    }
  }
}

function supersededError(message: string): RequestError {
  return new RequestError({ status: "expired", code: "FSOCK_DEADLINE", message });
}
