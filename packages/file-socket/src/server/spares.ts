import type { Stats } from "node:fs";

/** Files remembered of one client, and clients. */
const MAX_FILES = 64;
const MAX_CLIENTS = 4_096;

/**
 * The large reply files that this server gave to each client. Only such a file is overwritten when the client returns it:
 * another process may have kept any other file open.
 */
export class Spares {
  readonly #given = new Map<string, string[]>();

  /** Remembers a file with a reply to the client. */
  add(client: string, file: Stats): void {
    const given = this.#given.get(client) ?? [];
    const name = nameOf(file);
    if (!given.includes(name)) given.push(name);
    if (given.length > MAX_FILES) given.shift();
    this.#given.delete(client);
    this.#given.set(client, given);
    if (this.#given.size <= MAX_CLIENTS) return;
    for (const oldest of this.#given.keys()) {
      this.#given.delete(oldest);
      return;
    }
  }

  /** True if this server gave the file to the client. */
  has(client: string, file: Stats): boolean {
    return this.#given.get(client)?.includes(nameOf(file)) === true;
  }

  /** Forgets a client whose lease has ended. */
  drop(client: string): void {
    this.#given.delete(client);
  }
}

/** The number of a removed file is soon given to a new one; the time of creation tells them apart. */
function nameOf({ dev, ino, birthtimeMs }: Stats): string {
  return `${dev} ${ino} ${birthtimeMs}`;
}
