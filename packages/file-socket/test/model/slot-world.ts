import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { pattern } from "@gvpie/testing/file-socket";
import { count, type Tally } from "./run.ts";
import { Servers } from "./server-actor.ts";

// One old client, which writes, deletes, then polls, with pauses between its steps, while servers start and end.

type Kind = "render" | "slow" | "ping" | "canvas" | "bad";
export interface Call {
  readonly kind: Kind;
  /** Number of parts in which the command is written. */
  readonly parts: 1 | 2;
  /** Milliseconds before each step. */
  readonly pauses: readonly [number, number, number];
  /** Milliseconds after which the client gives up. */
  readonly timeoutMs: number;
  /** True if the client deletes the reply after reading it. */
  readonly deletesReply: boolean;
}

/** The timeout of an old client. */
export const TIMEOUT_MS = 2_000;
/** A pong is published once, 50 ms after the ping. A client that deletes later than this may delete the pong. */
const PONG_MS = 45;
/** After a stall of this length, a reply may be late. */
const STALL_MS = 250;
const BLACK = Buffer.alloc(128 * 64 * 4, Buffer.from([0, 0, 0, 255]));

export class SlotWorld {
  readonly #parent = mkdtempSync(`${tmpdir()}/fsock-model-`);
  readonly dir = `${this.#parent}/socket`;
  #published = 0;
  readonly servers = new Servers(this.dir, (to) => (this.#published += Number(to.endsWith("/out.raw"))));
  readonly #events: Promise<void>[] = [];
  readonly #tally: Tally;
  #count = 0;
  /** True after a stall: an incomplete command may have been quarantined. */
  #hasStalled = false;
  /** Every picture requested so far. `read_canvas` may return any of them. */
  readonly #pictures: Buffer[] = [BLACK];

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** Kills the server after `afterMs`, and starts another one after `downMs`. */
  restart(afterMs: number, downMs: number, killAfter: number | undefined): void {
    const restart = async (): Promise<void> => {
      await sleep(afterMs);
      this.servers.kill(killAfter);
      await sleep(downMs);
      if (!this.servers.isServing) await this.servers.start();
    };
    this.#events.push(restart());
  }

  async call({ kind, parts, pauses, timeoutMs, deletesReply }: Call): Promise<void> {
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
    const right = pattern({ code, ...size }).data;
    const output = `${this.dir}/out.raw`;
    const error = `${this.dir}/err.json`;
    const stale = existsSync(output) ? readFileSync(output) : undefined;
    if (this.servers.kills === 0) ok(this.#published <= 2, `published ${this.#published} times`);
    this.#published = 0;
    const startedAt = performance.now();
    const longestStall = measureStalls();
    const text = JSON.stringify(command);
    try {
      if (parts === 1) {
        writeFileSync(`${this.dir}/cmd.json`, text);
      } else {
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
      while (!isOver() && performance.now() - startedAt < timeoutMs) await sleep(20);
      const found = existsSync(output) ? readFileSync(output) : undefined;
      const since = startedAt - STALL_MS;
      const isDisturbed =
        !this.servers.isServing ||
        longestStall() > STALL_MS ||
        this.servers.disturbances.some((moment) => moment > since);
      const answer = this.#classify(kind, found, right);
      count(this.#tally, isDisturbed ? `${answer} (disturbed)` : answer);
      if (kind === "bad" && found === undefined && !isDisturbed && timeoutMs === TIMEOUT_MS) {
        equal((JSON.parse(readFileSync(error, "utf8")) as { status: string }).status, "bad_program");
      }
      const mayBeLost =
        isDisturbed ||
        timeoutMs < TIMEOUT_MS ||
        kind === "bad" ||
        (kind === "ping" && deletedAfter > PONG_MS);
      if (!mayBeLost) equal(answer, "right", `${kind} ${number}, stale: ${stale?.length}: ${answer}`);
      notEqual(answer, "wrong", `${kind} ${number}`);
      if (!isDisturbed) ok(this.#published <= 2, `published ${this.#published} times`);
      this.#pictures.push(right);
      if (!deletesReply || found === undefined) return;
      rmSync(output);
      await sleep(40);
      // A reply that was read is not published again.
      ok(!existsSync(output), "published again after it was read");
    } finally {
      this.#hasStalled ||= longestStall() > STALL_MS;
    }
  }

  /** Removes a reply unread. */
  remove(): void {
    rmSync(`${this.dir}/out.raw`, { force: true });
  }

  #classify(kind: Kind, found: Buffer | undefined, right: Buffer): "right" | "wrong" | "none" {
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
    await this.call({
      kind: "render",
      parts: 1,
      pauses: [0, 0, 0],
      timeoutMs: TIMEOUT_MS,
      deletesReply: true,
    });
    count(this.#tally, "server killed", this.servers.kills);
    await this.servers.close();
    const parts = ["tmp", "new", "run", "out", ...(this.#hasStalled ? [] : ["bad"])];
    const left = parts.flatMap((part) => readdirSync(`${this.dir}/v1/${part}`));
    deepEqual(left, []);
    rmSync(this.#parent, { recursive: true });
  }
}

/** Starts measuring; the returned function stops and returns the longest stall of the event loop in ms. */
function measureStalls(): () => number {
  let worst = 0;
  let last = performance.now();
  const measure = (): void => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  };
  const timer = setInterval(measure, 10);
  return () => {
    measure();
    clearInterval(timer);
    return worst;
  };
}
