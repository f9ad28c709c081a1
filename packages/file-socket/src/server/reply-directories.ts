import { accessSync, constants, lstatSync } from "node:fs";
import { errnoOf, isObstacle } from "../fs/errno.ts";
import { move } from "../fs/files.ts";
import { listNames } from "../fs/listing.ts";
import { isReplyName, type RequestName, replyName } from "../protocol/names.ts";

/** Names, and directories, that {@link ReplyDirectories.countUnread} looks at. */
const MAX_NAMES = 4_096;

interface ReplyDirectory {
  /** Upper bound of the unread replies. */
  unread: number;
  /** True if it was a real directory at the last check. */
  isChecked: boolean;
}

/** The reply directories of all clients, `v1/out/<client>`. */
export class ReplyDirectories {
  readonly #out: string;
  readonly #known = new Map<string, ReplyDirectory>();

  constructor(out: string) {
    this.#out = out;
  }

  /** Publishes a complete reply. Returns false if the client has no directory, or one that cannot take the reply. */
  publish(staged: string, { id, client }: RequestName): boolean {
    const path = `${this.#out}/${client}`;
    const directory = this.#known.get(client) ?? { unread: 0, isChecked: false };
    // A symbolic link would take the reply outside the tree.
    directory.isChecked ||= lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!directory.isChecked || !moveReply(staged, path, replyName(id))) {
      this.#known.delete(client);
      return false;
    }
    directory.unread++;
    this.#known.set(client, directory);
    return true;
  }

  /** Forgets a client whose lease has ended. */
  drop(client: string): void {
    this.#known.delete(client);
  }

  /** True if a client has at least `limit` unread replies. */
  hasUnread(client: string, limit: number): boolean {
    const directory = this.#known.get(client);
    if (directory === undefined || directory.unread < limit) return false;
    directory.unread = countReplies(`${this.#out}/${client}`, limit);
    return directory.unread >= limit;
  }

  /** Returns the number of unread replies. It looks at a bounded number of names; the other directories count as last known. */
  countUnread(): number {
    let total = 0;
    let names = MAX_NAMES;
    for (const [client, { unread }] of this.#known) {
      if (unread === 0) continue;
      // A client may have removed its own directory.
      const listed = names > 0 ? (listNames(`${this.#out}/${client}`, names) ?? []) : undefined;
      total += listed?.filter(isReplyName).length ?? unread;
      names -= 1 + (listed?.length ?? 0);
    }
    return total;
  }

  /** Makes {@link publish} check each directory again. */
  recheck(): void {
    for (const directory of this.#known.values()) directory.isChecked = false;
  }
}

/** Counts the replies among the first `limit` names. A directory that cannot be read counts as full of them. */
function countReplies(path: string, limit: number): number {
  return listNames(path, limit)?.filter(isReplyName).length ?? limit;
}

function moveReply(staged: string, directory: string, name: string): boolean {
  try {
    return move(staged, `${directory}/${name}`);
  } catch (error) {
    if (isObstacle(error) || (errnoOf(error) === "EACCES" && !isWritable(directory))) return false;
    throw error;
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
