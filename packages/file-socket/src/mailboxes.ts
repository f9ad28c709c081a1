import { lstatSync } from "node:fs";
import { errnoOf } from "./errors.ts";
import { move, namesIn } from "./files.ts";
import { isReplyName, type RequestName, replyName } from "./names.ts";

interface Mailbox {
  /** Unread replies, at most. */
  unread: number;
  /** Whether it was a real directory when it was last looked at. */
  isChecked: boolean;
}

/** The clients' directories, as the server fills them. */
export class Mailboxes {
  readonly #out: string;
  readonly #known = new Map<string, Mailbox>();

  constructor(out: string) {
    this.#out = out;
  }

  /** Rename a whole reply to where its client looks; false where the client has no directory, or something is in the way. */
  publish(staged: string, { id, client }: RequestName): boolean {
    const path = `${this.#out}/${client}`;
    const mailbox = this.#known.get(client) ?? { unread: 0, isChecked: false };
    // A link would lead the reply to a place that is not ours.
    mailbox.isChecked ||= lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!mailbox.isChecked || !place(staged, `${path}/${replyName(id)}`)) {
      this.#known.delete(client);
      return false;
    }
    mailbox.unread++;
    this.#known.set(client, mailbox);
    return true;
  }

  /** Whether a client leaves as many as `limit` replies unread. */
  hasUnread(client: string, limit: number): boolean {
    const mailbox = this.#known.get(client);
    if (mailbox === undefined || mailbox.unread < limit) return false;
    mailbox.unread = countReplies(`${this.#out}/${client}`, limit);
    return mailbox.unread >= limit;
  }

  /** Look at every directory again before it is used. */
  recheck(): void {
    for (const mailbox of this.#known.values()) mailbox.isChecked = false;
  }
}

/** The replies in a directory; no more than `limit` are counted. */
function countReplies(path: string, limit: number): number {
  let count = 0;
  for (const name of namesIn(path, limit)) count += Number(isReplyName(name));
  return count;
}

function place(staged: string, to: string): boolean {
  try {
    return move(staged, to);
  } catch (error) {
    if (errnoOf(error) === "EISDIR" || errnoOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
