import type { Stats } from "node:fs";
import { lstatOf } from "./quarantine.ts";

/** Replies examined by one call of {@link UnreadReplies.recheck}. */
const STEPS = 256;

interface Unread {
  readonly path: string;
  readonly file: Pick<Stats, "ino" | "dev">;
  /** True for a reply without a picture, which has no count. */
  readonly isError: boolean;
  /** Ends the count of the reply's bytes. */
  readonly end: () => void;
}

/**
 * The replies that no client has read yet, by lane. It knows the files that this server has published and counts nothing
 * else, so a file that another client places in a reply directory fills no quota.
 */
export class UnreadReplies {
  readonly #limit: number;
  readonly #lanes = new Map<string, Unread[]>();
  #lanesToCheck: string[] = [];

  /** `limit` is the number of unread replies from which a lane gets no more pictures. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True if the lane has too many unread replies to get more pictures. */
  isFull(lane: string): boolean {
    if ((this.#lanes.get(lane)?.length ?? 0) < this.#limit) return false;
    return this.#check(lane) >= this.#limit;
  }

  /**
   * Counts the bytes of a reply with `admit`, which may throw: then it is called once more without the replies that have
   * been read meanwhile.
   */
  count(lane: string, admit: () => () => void): () => void {
    try {
      return admit();
    } catch (error) {
      const before = this.#lanes.get(lane)?.length ?? 0;
      if (this.#check(lane) === before) throw error;
      return admit();
    }
  }

  /** Adds a published reply. */
  add(lane: string, reply: Unread): void {
    const replies = this.#lanes.get(lane) ?? [];
    // Errors are sent to a full lane too; they are small, and as many as the requests. Pictures are sent only to one that is not full.
    if (reply.isError && replies.length >= 2 * this.#limit) return reply.end();
    replies.push(reply);
    this.#lanes.set(lane, replies);
  }

  /** Ends the count of replies that were read. Examines a bounded number of them; the next call goes on. */
  recheck(): void {
    if (this.#lanesToCheck.length === 0) this.#lanesToCheck = [...this.#lanes.keys()];
    for (let steps = 0; steps < STEPS;) {
      const lane = this.#lanesToCheck.pop();
      if (lane === undefined) return;
      steps += 1 + this.#check(lane);
    }
  }

  close(): void {
    for (const replies of this.#lanes.values()) for (const { end } of replies) end();
    this.#lanes.clear();
  }

  /** Forgets the replies of a lane that were removed. Returns the number of the others. */
  #check(lane: string): number {
    const left = (this.#lanes.get(lane) ?? []).filter(({ path, file, end }) => {
      const found = lstatOf(path);
      if (found?.ino === file.ino && found.dev === file.dev) return true;
      end();
      return false;
    });
    if (left.length === 0) {
      this.#lanes.delete(lane);
    } else {
      this.#lanes.set(lane, left);
    }
    return left.length;
  }
}
