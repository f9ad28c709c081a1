import { sha256Of } from "../protocol/signed-head.ts";
import type { RequestGrant } from "../types.ts";
import { Admission } from "./admission.ts";
import type { SessionCapabilities, SessionContext } from "./context.ts";
import { type Examined, examineFile } from "./examination.ts";
import { LaneHints, UNKNOWN_LANE } from "./lane-hints.ts";
import { LaneQueue } from "./lanes.ts";
import { RefusalQueue } from "./refusal-queue.ts";
import { isDescriptorShortage } from "./refusals.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFiles } from "./spool-files.ts";
import type { Arrival, Entrance } from "./spool-job.ts";

/** Milliseconds of examination before other work gets its turn. */
const TURN_MS = 1;

/** Requests of one lane that wait to be examined. The ones beyond are found again by a later scan. */
const MAX_ARRIVED = 16_384;

type Signed = Extract<Examined, { readonly kind: "signed" }>;

/** The parts of a session that the intake works for. */
export interface IntakeTerms {
  readonly spool: Spool;
  readonly files: SpoolFiles;
  readonly entrance: Entrance;
  /** Time after which a refused request may succeed. */
  readonly retryAfterMs: () => number;
  /** Called when a capability was verified outside of a turn. */
  readonly onWork: () => void;
}

/**
 * Examines requests before they wait for their turn to run: reads their heads, and verifies capabilities and signatures.
 * Lanes take turns, so no holder of a capability delays the others. Capabilities that are not known yet are verified one at
 * a time, and no request with a known one waits for that. Refusals wait in a queue of their own, behind all examinations.
 */
export class Intake {
  readonly #context: SessionContext;
  readonly #capabilities: SessionCapabilities;
  readonly #spool: Spool;
  readonly #onWork: () => void;
  readonly #hints = new LaneHints();
  readonly #refusals: RefusalQueue;
  readonly #admission: Admission;
  readonly #arrived = new LaneQueue<Arrival>();
  /** Requests whose capability has to be verified. */
  readonly #unverified = new LaneQueue<Arrival>();
  #isVerifying = false;
  /** True if the last turn has found no descriptor. */
  #isShort = false;
  #isClosed = false;

  constructor(context: SessionContext, capabilities: SessionCapabilities, terms: IntakeTerms) {
    const { spool, files, entrance, retryAfterMs, onWork } = terms;
    const hints = this.#hints;
    const refusals = new RefusalQueue(context, capabilities, { spool, files, hints });
    const admissionTerms = { spool, files, hints, refusals, entrance, retryAfterMs };
    this.#context = context;
    this.#capabilities = capabilities;
    this.#spool = spool;
    this.#onWork = onWork;
    this.#refusals = refusals;
    this.#admission = new Admission(context, capabilities, admissionTerms);
  }

  /** True if {@link turn} or {@link refuse} has more to do. */
  get hasWork(): boolean {
    if (this.#refusals.size > 0) return true;
    const canVerify = !this.#isVerifying && this.#unverified.size > 0;
    return !this.#isShort && (canVerify || this.#arrived.size > 0);
  }

  /** True if a request of this name was verified before. */
  isKnown(client: string): boolean {
    return this.#hints.laneOf(client, this.#arrived) !== UNKNOWN_LANE;
  }

  readonly add = (arrival: Arrival): void => {
    const lane = this.#hints.laneOf(arrival.client, this.#arrived);
    // No scan finds one that a previous server had claimed.
    const isFoundAgain = arrival.attempts === 0;
    if (isFoundAgain && this.#arrived.sizeOf(lane) >= MAX_ARRIVED) return this.#spool.forget(arrival);
    this.#arrived.add(lane, arrival.client, arrival);
  };

  /** Examines requests for 1 ms. If the server has no descriptor left, they wait for a later turn. */
  turn(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    this.#isShort = false;
    do {
      // From both ends: a pile of files under the name of another client does not delay that client's next request.
      const end = Math.random() < 0.5 ? "newest" : "oldest";
      const arrival = this.#arrived.take(() => true, end)?.item;
      if (arrival === undefined) break;
      if (!this.#try(arrival, () => this.#sort(arrival))) return;
    } while (clock.monotonic() < until);
    this.#verifyUnknown(until);
  }

  /** Sends refusals for 1 ms. */
  refuse(): void {
    this.#refusals.turn();
  }

  /** Drops the requests of a client whose lease has ended. */
  purge(client: string): void {
    const dropped = [this.#arrived.drop(client), this.#unverified.drop(client), this.#refusals.drop(client)];
    for (const request of dropped.flat()) this.#admission.remove(request);
    this.#hints.drop(client);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Runs `action`; if it fails because of the directory or a lack of descriptors, the request is examined again later. */
  #try(arrival: Arrival, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.add(arrival);
      if (!isDescriptorShortage(error)) throw error;
      this.#isShort = true;
      return false;
    }
  }

  /** Examines a request. Returns it if its capability is not known. */
  #examine(arrival: Arrival): Signed | undefined {
    const { limits, clock } = this.#context;
    const { authority } = this.#capabilities;
    const examined = examineFile(arrival.path, arrival, limits.requestBytes, this.#capabilities, clock.now());
    if (examined.kind !== "signed") {
      this.#admission.decide(arrival, examined);
      return undefined;
    }
    const grant = authority.known(examined.head.header.capability);
    if (grant === undefined) return examined;
    this.#admission.decideSigned(arrival, examined.stats, examined.head, grant);
    return undefined;
  }

  #sort(arrival: Arrival): void {
    const unknown = this.#examine(arrival);
    if (unknown === undefined) return;
    const lane = this.#hints.laneOf(arrival.client, this.#unverified);
    // Clients that are not known yet are one lane, in which the first blocks that they claim take turns.
    const isKnown = lane !== UNKNOWN_LANE;
    const name = isKnown ? arrival.client : claimedFirstBlock(unknown.head.header.capability);
    this.#unverified.add(lane, name, arrival);
  }

  /** Verifies the next capability that is not known, unless one is being verified. */
  #verifyUnknown(until: number): void {
    const { clock } = this.#context;
    while (!this.#isVerifying) {
      const arrival = this.#unverified.take(() => true)?.item;
      if (arrival === undefined) return;
      const isDone = this.#try(arrival, () => {
        // Examined again: its capability may have been verified for another request meanwhile.
        const unknown = this.#examine(arrival);
        if (unknown !== undefined) this.#verify(arrival, unknown);
      });
      if (!isDone || clock.monotonic() >= until) return;
    }
  }

  #verify(arrival: Arrival, { stats, head }: Signed): void {
    const admission = this.#admission;
    this.#isVerifying = true;
    this.#capabilities.authority.open(head.header.capability).then(
      (grant: RequestGrant) =>
        this.#verified(arrival, () => admission.decideSigned(arrival, stats, head, grant)),
      (error: unknown) => this.#verified(arrival, () => admission.refuse(arrival, head, error)),
    );
  }

  #verified(arrival: Arrival, decide: () => void): void {
    this.#isVerifying = false;
    if (this.#isClosed) return;
    this.#context.attempt(() => {
      this.#try(arrival, decide);
      this.#onWork();
    });
  }
}

/** Names the first block that a capability claims, before it is verified. A hash, so that a queue holds no long texts. */
function claimedFirstBlock(capability: string): string {
  const [first = ""] = capability.split("~", 1);
  return sha256Of(Buffer.from(first));
}
