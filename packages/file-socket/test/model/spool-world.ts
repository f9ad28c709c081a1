import { deepEqual, ok } from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient, type FileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { pattern } from "../kit/pattern.ts";
import { until } from "../kit/until.ts";
import { act, type Actor, createActor, kill } from "./actors.ts";
import { pulse, type Tally, tell } from "./run.ts";
import { Servers } from "./server-actor.ts";

// The specification, small: what was asked for, what may come of it, and what may be visible.

export type Kind = "quick" | "slow" | "large" | "bad" | "throw";
export interface Asked {
  readonly kind: Kind;
  readonly patience: "long" | "short";
  readonly killsBefore: number;
  isAborted: boolean;
}

const LONG_MS = 50_000;
const SHORT_MS = 40;
/** Turns that a served client must have had before it may be expected to have its answer. */
const FAIR_PULSES = 250;
const ERRORS: Partial<Record<Kind, string>> = { bad: "FSOCK_BAD_PROGRAM", throw: "FSOCK_INTERNAL" };

/** The outcomes that are right for what was asked; `kills` servers have been killed since. */
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

/** One directory with everybody in it. */
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
  /** The pulse from when on a server is there for certain. */
  #settledAt = Infinity;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  join(): User {
    const actor = createActor();
    const user = { actor, client: act(actor, () => createFileSocketClient({ dir: this.dir })) };
    this.users.push(user);
    return user;
  }

  /** Somebody who lives. */
  user(index: number): User {
    const living = this.users.filter(({ actor }) => !actor.isDead);
    return living[index % living.length] ?? this.join();
  }

  ask(index: number, kind: Kind, patience: Asked["patience"]): void {
    const { actor, client } = this.user(index);
    const number = this.#count++;
    const order = { quick: "", large: "", slow: `!sleep ${number % 20}`, bad: "!bad", throw: "!throw" }[kind];
    const request = {
      code: `${order}\n${number}`,
      width: kind === "large" ? 400 : 4,
      height: kind === "large" ? 200 : 1 + (number % 7),
    };
    const asked: Asked = { kind, patience, killsBefore: this.servers.kills, isAborted: false };
    const controller = new AbortController();
    this.#aborts.push(() => {
      asked.isAborted = true;
      act(actor, () => controller.abort());
    });
    const timeoutMs = patience === "long" ? LONG_MS : SHORT_MS;
    const { signal } = controller;
    const reply = act(actor, () => client.render(request.code, { ...request, signal, timeoutMs }));
    const outcome = reply.then(
      ({ data }) => {
        const right = pattern({ ...request, background: undefined }).data;
        return right.equals(new Uint8Array(data.buffer, data.byteOffset, data.length))
          ? "picture"
          : "another picture";
      },
      (error: unknown) => {
        if (error instanceof FileSocketError) return error.code;
        return asked.isAborted ? "aborted" : String(error);
      },
    );
    const lives = new Promise<"dead">((resolve) => actor.ends.add(() => resolve("dead")));
    const judge = async (): Promise<void> => {
      const found = await Promise.race([outcome, lives]);
      tell(this.#tally, actor.isDead ? "client killed" : found);
      if (actor.isDead) return;
      const kills = this.servers.kills - asked.killsBefore;
      const allowed = [...allowedOutcomes(asked, kills)];
      if (pulse() - this.#settledAt < FAIR_PULSES) allowed.push("FSOCK_TIMEOUT", "FSOCK_NO_SERVER");
      ok(allowed.includes(found), `request ${number} (${kind}, ${patience}): ${found}`);
    };
    this.#outcomes.push(judge());
  }

  abort(index: number): void {
    this.#aborts[index % Math.max(1, this.#aborts.length)]?.();
  }

  /** Let everything come to its end, and look at what is left. */
  async end(): Promise<void> {
    await this.servers.settle();
    this.#settledAt = pulse();
    for (const { actor } of this.users) actor.fuse = undefined;
    await Promise.all(this.#outcomes);
    for (const { actor, client } of this.users) if (!actor.isDead) await act(actor, () => client.close());
    deepEqual(
      [...this.#replies.values()].filter((times) => times !== 1),
      [],
    );
    // What dead clients have left is old by and by. Nothing of it may stay.
    const left = (): readonly string[] =>
      ["tmp", "new", "run", "out"].flatMap((part) => readdirSync(`${this.dir}/v1/${part}`));
    for (let round = 0; left().length > 0; round++) {
      if (round === 40) deepEqual(left(), []);
      this.servers.clock.passedMs += 31_000;
      await sleep(260);
    }
    tell(this.#tally, "server killed", this.servers.kills);
    await this.servers.close();
    for (const { actor } of this.users) kill(actor);
    await until(() => readdirSync(this.dir).join() === "v1");
    rmSync(this.#parent, { recursive: true });
  }
}
