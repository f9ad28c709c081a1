import { deepEqual, ok } from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient, type FileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { pattern } from "@gvpie/testing/file-socket";
import { newId } from "../../src/protocol/names.ts";
import { type Actor, createActor, kill, runAs } from "./actors.ts";
import { count, pulse, type Tally } from "./run.ts";
import { Servers } from "./server-actor.ts";

// A small model of the specification: the requests, their allowed outcomes, and the files that may be visible.

export type Kind = "quick" | "slow" | "large" | "bad" | "throw";
export interface Asked {
  readonly kind: Kind;
  readonly patience: "long" | "short";
  readonly killsBefore: number;
  isAborted: boolean;
}

const LONG_MS = 50_000;
const SHORT_MS = 40;
/** Ticks (see pulse) that a served client gets before it must have its answer. */
const FAIR_PULSES = 250;
const ERRORS: Partial<Record<Kind, string>> = { bad: "FSOCK_BAD_PROGRAM", throw: "FSOCK_INTERNAL" };

/** Returns the allowed outcomes of a request after `kills` servers were killed. */
function allowedOutcomes({ kind, patience, isAborted }: Asked, kills: number): readonly string[] {
  return [
    ERRORS[kind] ?? "picture",
    ...(patience === "short" ? ["FSOCK_TIMEOUT", "FSOCK_NO_SERVER"] : []),
    ...(isAborted ? ["aborted"] : []),
    ...(kills >= 2 ? ["FSOCK_POISON"] : []),
  ];
}

interface User {
  readonly actor: Actor;
  readonly client: FileSocketClient;
}

/** Returns the name of a request or of a request in progress, a reply in progress, or a client that has ended. */
function takenName(part: "tmp" | "new" | "run" | "out", id: string): string {
  const client = "1-1-litter";
  switch (part) {
    case "tmp":
      return `${client}${id}.spare`;
    case "new":
      return `${id}.${client}.req`;
    case "run":
      return `${id}.${client}.rep`;
    case "out":
      return `${client}${id}`;
  }
}

/** One directory with its servers and clients. */
export class SpoolWorld {
  readonly #parent = mkdtempSync(`${tmpdir()}/fsock-model-`);
  readonly dir = `${this.#parent}/socket`;
  readonly #replies = new Map<string, number>();
  readonly servers = new Servers(this.dir, (to) => {
    const [, id] = /\/out\/[^/]+\/([^/]+)\.rep$/.exec(to) ?? [];
    if (id !== undefined) this.#replies.set(id, (this.#replies.get(id) ?? 0) + 1);
  });
  readonly users: User[] = [];
  readonly #outcomes: Promise<void>[] = [];
  readonly #aborts: (() => void)[] = [];
  readonly #tally: Tally;
  #count = 0;
  /** Directories with a file in them that {@link litter} has made. */
  #folders = 0;
  /** The tick since which a server is certainly running. */
  #settledAt = Infinity;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  join(): User {
    const actor = createActor();
    const user = { actor, client: runAs(actor, () => createFileSocketClient({ dir: this.dir })) };
    this.users.push(user);
    return user;
  }

  /** Returns a user that is alive. */
  user(index: number): User {
    const living = this.users.filter(({ actor }) => !actor.isKilled);
    return living[index % living.length] ?? this.join();
  }

  ask(index: number, kind: Kind, patience: Asked["patience"]): void {
    const { actor, client } = this.user(index);
    const number = this.#count++;
    const directive = { quick: "", large: "", slow: `!sleep ${number % 20}`, bad: "!bad", throw: "!throw" }[
      kind
    ];
    const request = {
      code: `${directive}\n${number}`,
      width: kind === "large" ? 400 : 4,
      height: kind === "large" ? 200 : 1 + (number % 7),
    };
    const asked: Asked = { kind, patience, killsBefore: this.servers.kills, isAborted: false };
    const controller = new AbortController();
    this.#aborts.push(() => {
      asked.isAborted = true;
      runAs(actor, () => controller.abort());
    });
    const timeoutMs = patience === "long" ? LONG_MS : SHORT_MS;
    const { signal } = controller;
    const { code, ...size } = request;
    const reply = runAs(actor, () => client.render(code, { ...size, signal, timeoutMs }));
    const outcome = reply.then(
      ({ data }) => {
        const right = pattern({ ...request }).data;
        return right.equals(new Uint8Array(data.buffer, data.byteOffset, data.length))
          ? "picture"
          : "another picture";
      },
      (error: unknown) => {
        if (error instanceof FileSocketError) return error.code;
        return asked.isAborted ? "aborted" : String(error);
      },
    );
    const death = new Promise<"dead">((resolve) => actor.cleanups.add(() => resolve("dead")));
    const check = async (): Promise<void> => {
      const found = await Promise.race([outcome, death]);
      count(this.#tally, actor.isKilled ? "client killed" : found);
      if (actor.isKilled) return;
      const kills = this.servers.kills - asked.killsBefore;
      const allowed = [...allowedOutcomes(asked, kills)];
      if (pulse() - this.#settledAt < FAIR_PULSES) allowed.push("FSOCK_TIMEOUT", "FSOCK_NO_SERVER");
      ok(allowed.includes(found), `request ${number} (${kind}, ${patience}): ${found}`);
    };
    this.#outcomes.push(check());
  }

  /**
   * Puts entries into a directory of the tree that do not belong there. "taken name": directories with the names of
   * requests, replies and clients.
   */
  litter(
    part: "tmp" | "new" | "run" | "out",
    kind: "file" | "folder" | "link" | "taken name",
    times: number,
  ): void {
    const folder = `${this.dir}/v1/${part}`;
    // The server has not made it yet, or is about to make it again.
    if (!existsSync(folder)) return;
    for (let number = 0; number < times; number++) {
      const id = newId();
      const path = `${folder}/${kind === "taken name" ? takenName(part, id) : `litter \xff ${id}`}`;
      if (kind === "file") {
        writeFileSync(path, "litter");
      } else if (kind === "link") {
        symlinkSync(".", path);
      } else if (kind === "taken name" && part === "out") {
        mkdirSync(path);
      } else {
        const staged = `${this.#parent}/${id}`;
        mkdirSync(staged);
        writeFileSync(`${staged}/kept`, "kept");
        renameSync(staged, path);
        this.#folders++;
      }
    }
  }

  abort(index: number): void {
    this.#aborts[index % Math.max(1, this.#aborts.length)]?.();
  }

  /** Waits for all outcomes, closes everything, and checks the files that are left. */
  async end(): Promise<void> {
    await this.servers.settle();
    this.#settledAt = pulse();
    for (const { actor } of this.users) actor.killAfter = undefined;
    await Promise.all(this.#outcomes);
    for (const { actor, client } of this.users) if (!actor.isKilled) await runAs(actor, () => client.close());
    deepEqual(
      [...this.#replies.values()].filter((times) => times !== 1),
      [],
    );
    // The files of killed clients expire; none may remain.
    const left = (): readonly string[] =>
      ["tmp", "new", "run", "out"].flatMap((part) => readdirSync(`${this.dir}/v1/${part}`));
    for (let round = 0; left().length > 0; round++) {
      if (round === 40) deepEqual(left(), []);
      this.servers.clock.passedMs += 31_000;
      await sleep(260);
    }
    count(this.#tally, "server killed", this.servers.kills);
    await this.servers.close();
    // No directory was emptied: its content is not the server's.
    const kept = readdirSync(`${this.dir}/v1/bad`, { withFileTypes: true });
    deepEqual(kept.filter((entry) => entry.isDirectory()).length, this.#folders);
    for (const { actor } of this.users) kill(actor);
    await waitUntil(() => readdirSync(this.dir).join() === "v1");
    rmSync(this.#parent, { recursive: true });
  }
}
