import type { RequestError } from "../errors.ts";
import { errorHead } from "../protocol/reply.ts";
import type { SessionCapabilities, SessionContext } from "./context.ts";
import type { LaneHints } from "./lane-hints.ts";
import { LaneQueue } from "./lanes.ts";
import type { Spool } from "./spool.ts";
import type { SpoolFiles } from "./spool-files.ts";
import type { SpoolJob } from "./spool-job.ts";

/** Milliseconds of refusals before other work gets its turn. */
const TURN_MS = 1;
/** Requests of one lane that wait to be refused. The ones beyond are found again by a later scan. */
const MAX_REFUSED = 16_384;

interface Refused {
  readonly job: SpoolJob;
  readonly error: RequestError;
}

/** The parts of a session that admit, answer and count requests. */
export interface RefusalTerms {
  readonly spool: Spool;
  readonly files: SpoolFiles;
  readonly hints: LaneHints;
}

/** The requests that were examined and are to be refused. Lanes take turns. */
export class RefusalQueue {
  readonly #context: SessionContext;
  readonly #capabilities: SessionCapabilities;
  readonly #terms: RefusalTerms;
  readonly #refused = new LaneQueue<Refused>();

  constructor(context: SessionContext, capabilities: SessionCapabilities, terms: RefusalTerms) {
    this.#context = context;
    this.#capabilities = capabilities;
    this.#terms = terms;
  }

  get size(): number {
    return this.#refused.size;
  }

  /** Queues a refusal. Returns false, and forgets the request, if too many of its lane wait. */
  add(job: SpoolJob, error: RequestError): boolean {
    const { spool, hints } = this.#terms;
    const lane = hints.laneOf(job.client, this.#refused);
    if (this.#refused.sizeOf(lane) >= MAX_REFUSED) {
      spool.forget(job);
      return false;
    }
    this.#refused.add(lane, job.client, { job, error });
    return true;
  }

  /** Sends refusals for 1 ms. */
  turn(): void {
    const { clock } = this.#context;
    const until = clock.monotonic() + TURN_MS;
    do {
      const refused = this.#refused.take(() => true)?.item;
      if (refused === undefined) return;
      this.#answer(refused);
    } while (clock.monotonic() < until);
  }

  /** Removes and returns the requests of a client. */
  drop(client: string): readonly SpoolJob[] {
    return this.#refused.drop(client).map(({ job }) => job);
  }

  /** Claims a request. If that is impossible, the request is forgotten. */
  #claim(job: SpoolJob): boolean {
    const { spool, files } = this.#terms;
    let isClaimed = false;
    try {
      isClaimed = files.claim(job) === "done";
    } finally {
      if (!isClaimed) spool.forget(job);
    }
    return isClaimed;
  }

  #answer({ job, error }: Refused): void {
    const { spool } = this.#terms;
    const { status, code, message } = error;
    const { id, client } = job;
    const isIrregular = code === "FSOCK_BAD_FILE";
    if (isIrregular && !this.#claim(job)) return;
    spool.answerWaiting(job, [errorHead(id, error, job.signer)], isIrregular);
    this.#capabilities.audit.refused(error, { id, client, capability: job.proof?.grant.capability });
    if (code === "FSOCK_OVERLOADED") {
      this.#context.counts.overloaded++;
      return;
    }
    const fields = { via: "spool", id, client, status, code };
    this.#context.emit({ type: "refused", level: "info", message, fields });
  }
}
