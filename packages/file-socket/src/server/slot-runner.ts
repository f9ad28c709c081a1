import { RequestError } from "../errors.ts";
import { isObstacle } from "../fs/errno.ts";
import { DEFAULT_HEIGHT, DEFAULT_WIDTH } from "../protocol/request.ts";
import type { RenderReply, RenderRequest } from "../types.ts";
import type { SessionContext } from "./context.ts";
import { wouldFillDisk } from "./disk.ts";
import { deadlineRefusal, storageRefusal } from "./refusals.ts";
import { type RenderJob, startRender } from "./render-job.ts";
import { type Slot, SLOT_PUBLISH_MS, type SlotJob, type SlotOutcome } from "./slot.ts";

const BLACK_BYTES = DEFAULT_WIDTH * DEFAULT_HEIGHT * 4;

interface Current {
  readonly job: SlotJob;
  render?: RenderJob;
  timer?: NodeJS.Timeout;
}

/** Runs one slot command at a time. A newer command aborts the current one, whose client has given up. */
export class SlotRunner {
  readonly #slot: Slot;
  readonly #context: SessionContext;
  readonly #requestTurn: () => void;
  readonly #onDone: (() => void) | undefined;
  #current: Current | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `requestTurn` asks the scheduler to call {@link run}. `onDone` is called when a command is done. */
  constructor(slot: Slot, context: SessionContext, requestTurn: () => void, onDone?: () => void) {
    this.#slot = slot;
    this.#context = context;
    this.#requestTurn = requestTurn;
    this.#onDone = onDone;
  }

  get isIdle(): boolean {
    return this.#current === undefined;
  }

  /** Claims and runs the waiting command, if it is complete. */
  run(): void {
    if (this.#isClosed) return;
    const taken = this.#slot.take();
    if (taken === undefined) return;
    if (typeof taken === "number") {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(this.#requestTurn, taken);
      return;
    }
    const before = this.#current;
    const current: Current = { job: taken };
    this.#current = current;
    if (before !== undefined) this.#supersede(before);
    this.#start(current);
  }

  /** Stops at once. A claimed command is recovered by the next server. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const current = this.#current;
    this.#current = undefined;
    clearTimeout(current?.timer);
    current?.render?.abort(deadlineRefusal("the server is closing"));
  }

  #supersede(before: Current): void {
    clearTimeout(before.timer);
    before.render?.abort(deadlineRefusal("a newer command has replaced this one"));
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
    if (job.isAnswered) {
      this.#slot.drop(job);
      this.#current = undefined;
      this.#onDone?.();
      return;
    }
    current.timer = setTimeout(
      () => this.#finish(current, () => this.#slot.publishPong(job)),
      this.#slot.publishDelayMs("pong"),
    );
  }

  #render(current: Current, request: RenderRequest): void {
    const { clock, limits, render } = this.#context;
    const { job } = current;
    const deadline = Math.min(clock.monotonic() + limits.slotMs, job.writtenAt + SLOT_PUBLISH_MS);
    const settled = (outcome: RenderReply | RequestError): void => {
      if (this.#current !== current) return;
      const delay = this.#slot.publishDelayMs("picture");
      if (outcome instanceof RequestError) {
        this.#finish(current, () => this.#refuse(job, outcome));
      } else if (delay === 0) {
        this.#finish(current, () => this.#publish(job, outcome));
      } else {
        const copy = { ...outcome, data: outcome.data.slice() };
        current.timer = setTimeout(() => this.#finish(current, () => this.#publish(job, copy)), delay);
      }
    };
    const started = startRender(
      render,
      request,
      { via: "slot", deadline, clock, maxPixels: limits.pixels },
      settled,
    );
    if (this.#current === current) current.render = started;
  }

  #publish(job: SlotJob, reply: RenderReply): SlotOutcome {
    if (wouldFillDisk(reply.data.byteLength, this.#context)) return this.#refuse(job, storageRefusal());
    try {
      return this.#slot.publishPicture(job, reply.data);
    } catch (error) {
      return this.#refuse(job, storageRefusal(error));
    }
  }

  #refuse(job: SlotJob, error: RequestError): SlotOutcome {
    const outcome = this.#slot.publishError(job, error);
    const { status, code, message } = error;
    this.#context.emit({ type: "refused", level: "info", message, fields: { via: "slot", status, code } });
    this.#context.capabilities?.audit.refused(error);
    return outcome;
  }

  #finish(current: Current, publish: () => SlotOutcome): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    this.#context.attempt(() => this.#report(current.job, this.#attempt(publish)));
    this.#onDone?.();
  }

  #attempt(publish: () => SlotOutcome): SlotOutcome {
    try {
      return publish();
    } catch (error) {
      // A client has occupied the name of a staged reply, and its entry cannot be moved.
      if (isObstacle(error)) return "obstructed";
      throw error;
    }
  }

  #report(job: SlotJob, outcome: SlotOutcome): void {
    const { clock, emit } = this.#context;
    const ageMs = Math.round(clock.monotonic() - job.writtenAt);
    if (outcome !== "published") {
      const message = `slot: dropped a reply after ${ageMs} ms: ${outcome}`;
      emit({ type: "dropped", level: "warn", message, fields: { via: "slot", outcome, ageMs } });
    } else if (!(job.command instanceof RequestError)) {
      const { op } = job.command;
      const message = `slot: answered ${op} after ${ageMs} ms`;
      emit({ type: "answered", level: "debug", message, fields: { via: "slot", op, ageMs } });
    }
  }
}
