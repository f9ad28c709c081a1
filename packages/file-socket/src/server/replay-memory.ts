import { MAX_PROOF_MS } from "../protocol/request-head.ts";
import type { Clock } from "../process/clock.ts";
import { AnsweredFile } from "./answered-file.ts";
import { ClientCounts } from "./client-counts.ts";

/** Proofs of one lane that are remembered. Beyond them the lane's requests are refused as busy. */
const MAX_PER_LANE = 65_536;
/**
 * Proofs of a lane up to which those of refused requests are remembered, too. So a holder whose requests exceed its limits
 * leaves room for the other holders of the lane; beyond, a refused request may be refused or answered once more.
 */
const MAX_WITH_REFUSED = MAX_PER_LANE / 2;
/** Proofs examined by one call of {@link ReplayMemory.forget}. */
const STEPS = 4_096;

/** A request with its capability, as the memory knows it. */
export interface ProofName {
  /** Id of the capability's last block. */
  readonly leaf: string;
  readonly id: string;
  /** End of the proof in milliseconds since 1970. */
  readonly expiresAt: number;
}

interface Remembered {
  readonly lane: string;
  readonly expiresAt: number;
  /** The end of the proof on the monotonic clock, if the wall clock does not jump. */
  readonly until: number;
  /** True if the file has it, or will have it. */
  isAnswered: boolean;
}

/**
 * The proofs that the server has seen, until they expire, so that no request gets a second reply. A file remembers the
 * answered ones across restarts. A proof is forgotten when both clocks say that it has expired.
 */
export class ReplayMemory {
  readonly #clock: Clock;
  readonly #file: AnsweredFile;
  readonly #known = new Map<string, Remembered>();
  readonly #counts = new ClientCounts();
  #examined: Iterator<readonly [string, Remembered]> | undefined;

  /**
   * Reads the file at `path`, or creates it.
   *
   * @throws {FileSocketError} `FSOCK_UNSAFE_DIR` if other users can change the file, or replace it; `FSOCK_STORAGE`
   */
  constructor(path: string, clock: Clock) {
    this.#clock = clock;
    this.#file = new AnsweredFile(path);
    try {
      this.#file.read((proof) => this.#remember("", proof, true));
      this.#file.compactIfLarge(() => this.#answered());
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** True if the file can be written. If not, a new request must wait: its reply could be repeated after a restart. */
  get isWritable(): boolean {
    return this.#file.isWritable;
  }

  /** True if no more proofs of the lane can be remembered. */
  isFull(lane: string): boolean {
    return this.#counts.get(lane) >= MAX_PER_LANE;
  }

  /** True if the proof was seen, or if the request was answered by a server that did not know the capability. */
  has({ leaf, id, client }: Pick<ProofName, "leaf" | "id"> & { readonly client: string }): boolean {
    return this.#known.has(keyOf({ leaf, id })) || this.#known.has(keyOf({ leaf: client, id }));
  }

  /** Remembers the proof of a request that is admitted. */
  add(lane: string, proof: ProofName): void {
    this.#remember(lane, proof, false);
  }

  /** Remembers the proof of a request that is refused, so that it gets no second reply. */
  addRefused(lane: string, proof: ProofName): void {
    if (this.#counts.get(lane) < MAX_WITH_REFUSED) this.#remember(lane, proof, false);
  }

  /** Forgets a refused request whose refusal could not be written, so that it is refused again. */
  forgetUnanswered(proof: Pick<ProofName, "leaf" | "id">): void {
    const key = keyOf(proof);
    const found = this.#known.get(key);
    if (found === undefined || found.isAnswered) return;
    this.#known.delete(key);
    this.#counts.decrement(found.lane);
  }

  /** Records in the file that the request is answered. To be called just before its reply appears. */
  answered(proof: ProofName): void {
    const found = this.#known.get(keyOf(proof));
    if (found !== undefined) found.isAnswered = true;
    this.#file.append(proof);
    this.#file.compactIfLarge(() => this.#answered());
  }

  /** Records that a request is answered by a reply that a previous server has written: its capability is not known. */
  answeredByPrevious(client: string, id: string): void {
    const proof = { leaf: client, id, expiresAt: this.#clock.now() + MAX_PROOF_MS };
    this.#remember("", proof, true);
    this.answered(proof);
  }

  /** Writes what could not be written, and forgets expired proofs. Examines a bounded number of them. */
  maintain(): void {
    this.#file.retry();
    this.#examined ??= this.#known.entries();
    for (let step = 0; step < STEPS; step++) {
      const { done, value } = this.#examined.next();
      if (done === true) {
        this.#examined = undefined;
        return;
      }
      const [key, { lane, expiresAt, until }] = value;
      if (this.#clock.now() <= expiresAt || this.#clock.monotonic() <= until) continue;
      this.#known.delete(key);
      this.#counts.decrement(lane);
    }
  }

  close(): void {
    this.#file.close();
  }

  #remember(lane: string, proof: ProofName, isAnswered: boolean): void {
    const { expiresAt } = proof;
    const leftMs = expiresAt - this.#clock.now();
    const key = keyOf(proof);
    if (leftMs < 0 || this.#known.has(key)) return;
    const until = this.#clock.monotonic() + Math.min(leftMs, MAX_PROOF_MS);
    this.#known.set(key, { lane, expiresAt, until, isAnswered });
    this.#counts.increment(lane);
  }

  *#answered(): Generator<ProofName, void> {
    for (const [key, { expiresAt, isAnswered }] of this.#known) {
      const [leaf = "", id = ""] = key.split(" ");
      if (isAnswered) yield { leaf, id, expiresAt };
    }
  }
}

function keyOf({ leaf, id }: Pick<ProofName, "leaf" | "id">): string {
  return `${leaf} ${id}`;
}
