import type { Stats } from "node:fs";
import type { ReplySigner } from "../protocol/reply.ts";
import { checkProof } from "../protocol/request-head.ts";
import type { RequestGrant } from "../types.ts";
import { leafOf } from "./audit.ts";
import type { SessionCapabilities, SessionContext } from "./context.ts";
import type { Examined, SignedHead } from "./examination.ts";
import { fileAge } from "./file-age.ts";
import { SHARED_LANE } from "./lanes.ts";
import type { RefusalQueue, RefusalTerms } from "./refusal-queue.ts";
import {
  capabilityRequiredRefusal,
  grantRefusal,
  overloadRefusal,
  replayRefusal,
  storageRefusal,
} from "./refusals.ts";
import type { Arrival, Entrance, Proof, SpoolJob } from "./spool-job.ts";

/** The parts of a session that an {@link Admission} works for. */
export interface AdmissionTerms extends RefusalTerms {
  readonly refusals: RefusalQueue;
  readonly entrance: Entrance;
  /** Time after which a refused request may succeed. */
  readonly retryAfterMs: () => number;
}

/** The facts that an examination has found. */
interface Facts {
  readonly stats?: Stats;
  readonly lane?: string;
  readonly signer?: ReplySigner | undefined;
  readonly proof?: Proof;
}

/** Decides about examined requests: admits them to their lanes, queues their refusals, or removes replays. */
export class Admission {
  readonly #context: SessionContext;
  readonly #capabilities: SessionCapabilities;
  readonly #terms: AdmissionTerms;

  constructor(context: SessionContext, capabilities: SessionCapabilities, terms: AdmissionTerms) {
    this.#context = context;
    this.#capabilities = capabilities;
    this.#terms = terms;
  }

  /** Decides about a request without a capability, or with a head that was refused. */
  decide(arrival: Arrival, examined: Exclude<Examined, { readonly kind: "signed" }>): void {
    const { refusals, spool } = this.#terms;
    switch (examined.kind) {
      case "missing":
        return spool.forget(arrival);
      case "refused":
        refusals.add(this.#jobOf(arrival, { signer: examined.signer }), examined.error);
        return;
      case "irregular":
        refusals.add(this.#jobOf(arrival, {}), examined.error);
        return;
      case "plain":
        if (this.#capabilities.mode === "accept") return this.#decidePlain(this.#jobOf(arrival, examined));
        refusals.add(this.#jobOf(arrival, {}), capabilityRequiredRefusal());
    }
  }

  #decidePlain(job: SpoolJob): void {
    const { spool, entrance, refusals, retryAfterMs } = this.#terms;
    if (spool.hasRoom(job)) return spool.admit(job, entrance);
    refusals.add(job, overloadRefusal(retryAfterMs()));
  }

  /** Refuses a request whose capability could not be verified. */
  refuse(arrival: Arrival, { signer }: SignedHead, error: unknown): void {
    this.#terms.refusals.add(this.#jobOf(arrival, { signer }), grantRefusal(error));
  }

  /** Decides about a request whose capability was verified: checks its signature, and that it may wait now. */
  decideSigned(arrival: Arrival, stats: Stats, head: SignedHead, grant: RequestGrant): void {
    const { spool, entrance, hints, refusals } = this.#terms;
    const { replays, audit } = this.#capabilities;
    const { signer, header } = head;
    const { id, client } = arrival;
    const { capability } = grant;
    const lane = capability.blocks[0].id;
    const leaf = leafOf(capability);
    try {
      checkProof(head.bytes, capability.key);
    } catch (error) {
      return this.refuse(arrival, head, error);
    }
    hints.set(client, lane);
    if (replays.has({ leaf, id, client })) return this.#dropReplay(arrival, capability);
    const proof: Proof = { grant, header, headBytes: head.bytes.length, leaf };
    const job = this.#jobOf(arrival, { stats, lane, signer, proof });
    const seen = { leaf, id, expiresAt: header.expiresAt };
    let endCounts: () => void;
    try {
      grant.checkNow();
      if (replays.isFull(lane) || !spool.hasRoom(job)) throw overloadRefusal(this.#terms.retryAfterMs());
      if (!replays.isWritable) throw storageRefusal();
      endCounts = grant.admit({ bytes: job.bytes });
    } catch (error) {
      // A refused request gets no second reply either.
      if (refusals.add(job, grantRefusal(error))) replays.addRefused(lane, seen);
      return;
    }
    replays.add(lane, seen);
    audit.used(arrival, capability);
    spool.admit({ ...job, endCounts }, entrance);
  }

  /** A second reply must not appear, so a replay is removed without one. */
  #dropReplay(arrival: Arrival, capability: RequestGrant["capability"]): void {
    const { id, client } = arrival;
    const error = replayRefusal(id);
    this.remove(arrival);
    this.#capabilities.audit.refused(error, { id, client, capability });
    const fields = { via: "spool", id, client, code: error.code };
    this.#context.emit({ type: "dropped", level: "warn", message: error.message, fields });
  }

  /** Removes the file of a request that was not admitted. */
  remove(found: Arrival | SpoolJob): void {
    try {
      this.#context.quarantine.remove(found.path);
    } finally {
      this.#terms.spool.forget(found);
    }
  }

  #jobOf({ id, client, path, attempts, lastAbsent }: Arrival, facts: Facts): SpoolJob {
    const { clock } = this.#context;
    const { stats, lane = SHARED_LANE, signer, proof } = facts;
    const age = stats === undefined ? 0 : fileAge(stats.mtimeMs, lastAbsent, clock);
    const writtenAt = clock.monotonic() - age;
    return { id, client, lane, path, attempts, bytes: stats?.size ?? 0, writtenAt, signer, proof };
  }
}
