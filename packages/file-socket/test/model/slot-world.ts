import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { pattern } from "../kit/pattern.ts";
import { type Tally, tell } from "./run.ts";
import { Servers } from "./server-actor.ts";

// One old client, which writes, deletes, then polls, with pauses between its steps, while servers come and go.

type Kind = "render" | "slow" | "ping" | "canvas" | "bad";
export interface Call {
  readonly kind: Kind;
  /** Written in so many parts. */
  readonly parts: 1 | 2;
  /** Milliseconds before each of the steps. */
  readonly pauses: readonly [number, number, number];
  /** Milliseconds after which it gives up. */
  readonly patienceMs: number;
  /** It deletes what it has read. */
  readonly isTidy: boolean;
}

/** An old client has this much patience. */
export const PATIENCE_MS = 2_000;
/** A pong is published once, so long after the ping; whoever deletes later than that deletes it. */
const PONG_MS = 45;
/** A machine that was held up for so long may have made a reply late. */
const HELD_UP_MS = 250;
const BLACK = Buffer.alloc(128 * 64 * 4, Buffer.from([0, 0, 0, 255]));

export class SlotWorld {
  readonly #parent = mkdtempSync(`${tmpdir()}/fsock-model-`);
  readonly dir = `${this.#parent}/socket`;
  #published = 0;
  readonly servers = new Servers(this.dir, (to) => (this.#published += Number(to.endsWith("/out.raw"))));
  readonly #events: Promise<void>[] = [];
  readonly #tally: Tally;
  #count = 0;
  /** A command whose second half was held up may have been taken away. */
  #wasHeldUp = false;
  /** Every picture asked for so far: what `read_canvas` may bring, and what may lie unread. */
  readonly #pictures: Buffer[] = [BLACK];

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** The server ends after a while, and another one comes after another while. */
  restart(afterMs: number, downMs: number, fuse: number | undefined): void {
    const happens = async (): Promise<void> => {
      await sleep(afterMs);
      this.servers.kill(fuse);
      await sleep(downMs);
      if (!this.servers.isServing) await this.servers.start();
    };
    this.#events.push(happens());
  }

  async call({ kind, parts, pauses, patienceMs, isTidy }: Call): Promise<void> {
    const number = this.#count++;
    const size = { width: 4, height: 1 + (number % 5) };
    const code = kind === "slow" ? `!sleep 30\n${number}` : kind === "bad" ? "!bad" : `${number}`;
    const command = {
      ping: { op: "ping" },
      canvas: { op: "read_canvas" },
      render: { op: "render_program", code, ...size, format: "RGBA" },
      slow: { op: "render_program", code, ...size, format: "RGBA" },
      bad: { op: "render_program", code, ...size, format: "RGBA" },
    }[kind];
    const right = pattern({ code, ...size, background: undefined }).data;
    const output = `${this.dir}/out.raw`;
    const error = `${this.dir}/err.json`;
    const stale = existsSync(output) ? readFileSync(output) : undefined;
    if (this.servers.kills === 0) ok(this.#published <= 2, `published ${this.#published} times`);
    this.#published = 0;
    const startedAt = performance.now();
    const heldUp = watchForDelays();
    const text = JSON.stringify(command);
    try {
      if (parts === 1) writeFileSync(`${this.dir}/cmd.json`, text);
      else {
        writeFileSync(`${this.dir}/cmd.json`, text.slice(0, number % text.length));
        await sleep(pauses[0]);
        writeFileSync(`${this.dir}/cmd.json`, text);
      }
      const writtenAt = performance.now();
      await sleep(pauses[1]);
      if (existsSync(output)) rmSync(output);
      const deletedAfter = performance.now() - writtenAt;
      await sleep(pauses[2]);
      const isOver = (): boolean => existsSync(output) || (kind === "bad" && existsSync(error));
      while (!isOver() && performance.now() - startedAt < patienceMs) await sleep(20);
      const found = existsSync(output) ? readFileSync(output) : undefined;
      const from = startedAt - HELD_UP_MS;
      const isDisturbed =
        !this.servers.isServing ||
        heldUp() > HELD_UP_MS ||
        this.servers.disturbances.some((moment) => moment > from);
      const answer = this.#judge(kind, found, right);
      tell(this.#tally, isDisturbed ? `${answer} (disturbed)` : answer);
      if (kind === "bad" && found === undefined && !isDisturbed && patienceMs === PATIENCE_MS) {
        equal((JSON.parse(readFileSync(error, "utf8")) as { status: string }).status, "bad_program");
      }
      const mayBeLost =
        isDisturbed ||
        patienceMs < PATIENCE_MS ||
        kind === "bad" ||
        (kind === "ping" && deletedAfter > PONG_MS);
      if (!mayBeLost) equal(answer, "right", `${kind} ${number}, stale: ${stale?.length}: ${answer}`);
      notEqual(answer, "wrong", `${kind} ${number}`);
      if (!isDisturbed) ok(this.#published <= 2, `published ${this.#published} times`);
      this.#pictures.push(right);
      if (!isTidy || found === undefined) return;
      rmSync(output);
      await sleep(40);
      // What was read is not published again.
      ok(!existsSync(output), "published again after it was read");
    } finally {
      this.#wasHeldUp ||= heldUp() > HELD_UP_MS;
    }
  }

  /** Somebody removes a reply unread. */
  remove(): void {
    rmSync(`${this.dir}/out.raw`, { force: true });
  }

  #judge(kind: Kind, found: Buffer | undefined, right: Buffer): "right" | "wrong" | "none" {
    if (found === undefined) return "none";
    const isRight =
      kind === "ping"
        ? found.toString() === "pong"
        : kind === "canvas"
          ? this.#pictures.some((picture) => picture.equals(found))
          : kind !== "bad" && found.equals(right);
    return isRight ? "right" : "wrong";
  }

  async end(): Promise<void> {
    await Promise.all(this.#events);
    await this.servers.settle();
    await sleep(300);
    await this.call({ kind: "render", parts: 1, pauses: [0, 0, 0], patienceMs: PATIENCE_MS, isTidy: true });
    tell(this.#tally, "server killed", this.servers.kills);
    await this.servers.close();
    const parts = ["tmp", "new", "run", "out", ...(this.#wasHeldUp ? [] : ["bad"])];
    const left = parts.flatMap((part) => readdirSync(`${this.dir}/v1/${part}`));
    deepEqual(left, []);
    rmSync(this.#parent, { recursive: true });
  }
}

/** Tells for how long, at most, nothing could run since the call, and then stops. */
function watchForDelays(): () => number {
  let worst = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  };
  const timer = setInterval(look, 10);
  return () => {
    look();
    clearInterval(timer);
    return worst;
  };
}
