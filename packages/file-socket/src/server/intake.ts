import type { RequestError } from "../errors.ts";
import type { RequestName } from "../protocol/names.ts";
import { errorHead, type ReplySigner } from "../protocol/reply.ts";
import { checkProof } from "../protocol/request-head.ts";
import { sha256Of } from "../protocol/signed-head.ts";
import type { RequestGrant } from "../types.ts";
import { leafOf } from "./audit.ts";
import type { SessionCapabilities, SessionContext } from "./context.ts";
import { type Examined, examineFile, type SignedHead } from "./examination.ts";
import { fileAge } from "./file-age.ts";
import { LaneHints } from "./lane-hints.ts";
import { LaneQueue, SHARED_LANE } from "./lanes.ts";
import {
  capabilityRequiredRefusal,
  grantRefusal,
  isDescriptorShortage,
  overloadRefusal,
  replayRefusal,
  storageRefusal,
} from "./refusals.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFiles } from "./spool-files.ts";
import type { Arrival, Entrance, Proof, SpoolJob } from "./spool-job.ts";

/** Milliseconds of examination before other work gets its turn. */
const TURN_MS = 2;
/** Milliseconds of refusals before other work gets its turn. */
const REFUSAL_MS = 1;
/** Requests that wait to be refused. Those beyond are found again by a later scan. */
const MAX_REFUSED = 16_384;

interface Refused {
  readonly job: SpoolJob;
  readonly error: RequestError;
}

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
  readonly #terms: IntakeTerms;
  readonly #hints = new LaneHints();
  readonly #arrived = new LaneQueue<Arrival>();
  /** Requests whose capability has to be verified. */
  readonly #unverified = new LaneQueue<Arrival>();
  readonly #refused = new LaneQueue<Refused>();
  #isVerifying = false;
  #takesNewest = false;
  /** True if the last turn has found no descriptor. */
  #isShort = false;
  #isClosed = false;

  constructor(context: SessionContext, capabilities: SessionCapabilities, terms: IntakeTerms) {
    this.#context = context;
    this.#capabilities = capabilities;
    this.#terms = terms;
  }

  /** True if {@link turn} or {@link refuse} has more to do. */
  get hasWork(): boolean {
    if (this.#refused.size > 0) return true;
    const canVerify = !this.#isVerifying && this.#unverified.size > 0;
    return !this.#isShort && (canVerify || this.#arrived.size > 0);
  }

  readonly add = (arrival: Arrival): void => {
    this.#arrived.add(this.#hints.laneOf(arrival.client), arrival.client, arrival);
  };

  /** Examines requests for 2 ms. If the server has no descriptor left, they wait for a later turn. */
  turn(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    this.#isShort = false;
    do {
      // From both ends: a pile of files under the name of another client does not delay that client's next request.
      this.#takesNewest = !this.#takesNewest;
      const arrival = this.#arrived.take(() => true, this.#takesNewest ? "newest" : "oldest")?.item;
      if (arrival === undefined) break;
      if (!this.#try(arrival, () => this.#sort(arrival))) return;
    } while (clock.monotonic() < until);
    this.#verifyNext(until);
  }

  /** Sends refusals for 1 ms, round-robin between the lanes. */
  refuse(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + REFUSAL_MS;
    do {
      const refused = this.#refused.take(() => true)?.item;
      if (refused === undefined) return;
      this.#answer(refused);
    } while (clock.monotonic() < until);
  }

  /** Drops the requests of a client whose lease has ended. */
  purge(client: string): void {
    const dropped = [
      this.#arrived.drop(client),
      this.#unverified.drop(client),
      this.#refused.drop(client).map(({ job }) => job),
    ];
    for (const arrival of dropped.flat()) this.#remove(arrival);
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

  #examine(arrival: Arrival): Examined {
    const { limits, clock } = this.#context;
    return examineFile(arrival.path, arrival, limits.requestBytes, this.#capabilities, clock.now());
  }

  /** Examines a request, or queues it if its capability has to be verified. */
  #sort(arrival: Arrival): void {
    const examined = this.#examine(arrival);
    if (examined.kind !== "signed") return this.#takeUnsigned(arrival, examined);
    const { capability } = examined.head.header;
    const grant = this.#capabilities.authority.known(capability);
    if (grant === undefined) {
      this.#unverified.add(
        this.#hints.laneOf(arrival.client) || claimedLane(capability),
        arrival.client,
        arrival,
      );
    } else {
      this.#takeSigned(arrival, examined, grant);
    }
  }

  #takeUnsigned(arrival: Arrival, examined: Exclude<Examined, { readonly kind: "signed" }>): void {
    const { mode } = this.#capabilities;
    switch (examined.kind) {
      case "missing":
        return this.#terms.spool.forget(arrival);
      case "refused":
        return this.#queueRefusal(this.#jobOf(arrival, { signer: examined.signer }), examined.error);
      case "plain":
        if (mode === "accept") return this.#admitShared(this.#jobOf(arrival, examined));
        return this.#queueRefusal(this.#jobOf(arrival, {}), capabilityRequiredRefusal());
      case "irregular":
        return this.#queueRefusal(this.#jobOf(arrival, {}), examined.error);
    }
  }

  #admitShared(job: SpoolJob): void {
    const { spool, entrance } = this.#terms;
    if (job.attempts > 0 || spool.hasRoom(SHARED_LANE, job.bytes)) return spool.admit(job, entrance);
    this.#queueRefusal(job, overloadRefusal(this.#terms.retryAfterMs()));
  }

  /** Verifies the next capability that is not known, if no other one is being verified. */
  #verifyNext(until: number): void {
    const { clock, attempt } = this.#context;
    const { authority } = this.#capabilities;
    while (!this.#isVerifying) {
      const arrival = this.#unverified.take(() => true)?.item;
      if (arrival === undefined) return;
      let examined: Examined | undefined;
      if (!this.#try(arrival, () => (examined = this.#examine(arrival)))) return;
      if (examined?.kind !== "signed") {
        if (examined !== undefined) this.#takeUnsigned(arrival, examined);
      } else {
        const found = examined;
        const text = found.head.header.capability;
        const known = authority.known(text);
        if (known === undefined) {
          this.#isVerifying = true;
          authority.open(text).then(
            (grant) => attempt(() => this.#verified(arrival, () => this.#takeSigned(arrival, found, grant))),
            (error: unknown) =>
              attempt(() =>
                this.#verified(arrival, () =>
                  this.#queueRefusal(
                    this.#jobOf(arrival, { signer: found.head.signer }),
                    grantRefusal(error),
                  ),
                ),
              ),
          );
          return;
        }
        this.#takeSigned(arrival, found, known);
      }
      if (clock.monotonic() >= until) return;
    }
  }

  #verified(arrival: Arrival, action: () => void): void {
    this.#isVerifying = false;
    if (this.#isClosed) return;
    this.#try(arrival, action);
    this.#terms.onWork();
  }

  /** Takes a request whose capability was verified: checks its signature, and that it may run now. */
  #takeSigned(
    arrival: Arrival,
    {
      stats,
      head,
    }: { readonly stats: { readonly size: number; readonly mtimeMs: number }; readonly head: SignedHead },
    grant: RequestGrant,
  ): void {
    const { spool, entrance } = this.#terms;
    const { replays, audit } = this.#capabilities;
    const { signer, header } = head;
    const { id, client } = arrival;
    const { capability } = grant;
    const lane = capability.blocks[0].id;
    const leaf = leafOf(capability);
    try {
      checkProof(head.bytes, capability.key);
    } catch (error) {
      return this.#queueRefusal(this.#jobOf(arrival, { signer }), grantRefusal(error));
    }
    this.#hints.set(client, lane);
    if (replays.has({ leaf, id, client })) return this.#dropReplay(arrival, capability);
    const proof: Proof = { grant, header, headBytes: head.bytes.length, leaf };
    const job = this.#jobOf(arrival, { stats, lane, signer, proof });
    // Refused or not, it gets no second reply.
    if (!replays.isFull(lane)) replays.add(lane, { leaf, id, expiresAt: header.expiresAt });
    let endCounts: () => void;
    try {
      grant.checkNow();
      const isTakenOver = arrival.attempts > 0;
      if (!isTakenOver && (replays.isFull(lane) || !spool.hasRoom(lane, job.bytes))) {
        throw overloadRefusal(this.#terms.retryAfterMs());
      }
      if (!replays.isWritable) throw storageRefusal();
      endCounts = grant.admit({ bytes: job.bytes });
    } catch (error) {
      return this.#queueRefusal(job, grantRefusal(error));
    }
    audit.used(arrival, capability);
    spool.admit({ ...job, endCounts }, entrance);
  }

  /** A second reply must not appear, so a replay is removed without one. */
  #dropReplay(arrival: Arrival, capability: RequestGrant["capability"]): void {
    const { id, client } = arrival;
    this.#remove(arrival);
    const error = replayRefusal(id);
    this.#capabilities.audit.refused(error, { id, client, capability });
    const fields = { via: "spool", id, client, code: error.code };
    this.#context.emit({ type: "dropped", level: "warn", message: error.message, fields });
  }

  #remove(arrival: RequestName & { readonly path: string }): void {
    try {
      this.#context.quarantine.remove(arrival.path);
    } finally {
      this.#terms.spool.forget(arrival);
    }
  }

  #jobOf(
    { id, client, path, attempts, lastAbsent }: Arrival,
    facts: {
      readonly stats?: { readonly size: number; readonly mtimeMs: number };
      readonly lane?: string;
      readonly signer?: ReplySigner | undefined;
      readonly proof?: Proof;
    },
  ): SpoolJob {
    const { clock } = this.#context;
    const { stats, lane = SHARED_LANE, signer, proof } = facts;
    const age = stats === undefined ? 0 : fileAge(stats.mtimeMs, lastAbsent, clock);
    const writtenAt = clock.monotonic() - age;
    return { id, client, lane, path, attempts, bytes: stats?.size ?? 0, writtenAt, signer, proof };
  }

  #queueRefusal(job: SpoolJob, error: RequestError): void {
    if (this.#refused.size >= MAX_REFUSED) return this.#terms.spool.forget(job);
    this.#refused.add(this.#hints.laneOf(job.client), job.client, { job, error });
  }

  #answer({ job, error }: Refused): void {
    const { spool, files } = this.#terms;
    const { status, code, message } = error;
    const { id, client } = job;
    try {
      const isIrregular = code === "FSOCK_BAD_FILE";
      if (isIrregular && files.claim(job) !== "done") return;
      files.answer(job, [errorHead(id, error, job.signer)], isIrregular);
    } finally {
      spool.forget(job);
    }
    this.#capabilities.audit.refused(error, { id, client, capability: job.proof?.grant.capability });
    if (code === "FSOCK_OVERLOADED") return;
    this.#context.emit({
      type: "refused",
      level: "info",
      message,
      fields: { via: "spool", id, client, status, code },
    });
  }
}

/** The lane that a capability claims, before it is verified. A hash, so that a queue holds no long texts. */
function claimedLane(capability: string): string {
  const [first = ""] = capability.split("~", 1);
  return sha256Of(Buffer.from(first));
}
