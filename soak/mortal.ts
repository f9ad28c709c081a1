import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../fuzz/random.ts";
import { startChild, type Child } from "./child.ts";
import type { Span } from "./tally.ts";

/** What is started again whenever it was killed. */
export interface MortalOptions {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly onLine: (line: string) => void;
  /** What it says on stderr when it is ready. */
  readonly readyWhen: string;
  /** Seconds that a life lasts. */
  readonly lifeSeconds: readonly [least: number, most: number];
  readonly random: Random;
  /** Told of what goes wrong, in words. */
  readonly onFault: (fault: string) => void;
}

/** A process that dies again and again: by `kill -9`, and once in four times by SIGTERM, after which it has to end well. */
export class Mortal {
  readonly name: string;
  /** When it was not there. */
  readonly outages: (Span & { to: number })[] = [];
  kills = 0;
  terminations = 0;
  readonly #options: MortalOptions;
  readonly #stop = new AbortController();
  readonly #lives: Promise<void>;
  #child: Child | undefined;

  constructor(options: MortalOptions) {
    this.name = options.name;
    this.#options = options;
    this.#lives = this.#live();
  }

  /** The living process. */
  get child(): Child | undefined {
    return this.#child;
  }

  /** Lets it live from now on, resolves when it is there. */
  async spare(): Promise<void> {
    this.#stop.abort();
    await this.#lives;
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    await this.spare();
    await this.#terminate();
  }

  async #live(): Promise<void> {
    const { lifeSeconds, random } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#start();
      const { child } = this;
      if (!child) return;
      const lifeMs = random.logUniform(...lifeSeconds) * 1000;
      const isTermination = random.oneIn(4);
      const life = sleep(lifeMs, "over" as const, { signal: this.#stop.signal }).catch(
        () => "spared" as const,
      );
      const end = await Promise.race([child.ended, life]);
      if (end === "spared") return;
      if (end !== "over") this.#fault(`ended by itself with ${end}: ${child.complaints()}`);
      this.outages.push({ from: Date.now(), to: Infinity });
      if (isTermination) {
        this.terminations++;
        await this.#terminate();
      } else {
        this.kills++;
        await child.kill("SIGKILL");
        this.#child = undefined;
      }
    }
    await this.#start();
  }

  async #start(): Promise<void> {
    if (this.#child) return;
    const { file, args, onLine, readyWhen } = this.#options;
    const child = startChild(file, args, onLine);
    if (!(await child.says(readyWhen))) {
      this.#fault(`did not start: ${child.complaints()}`);
      return;
    }
    this.#child = child;
    const outage = this.outages.at(-1);
    if (outage?.to === Infinity) outage.to = Date.now();
  }

  async #terminate(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const how = await child.kill("SIGTERM");
    if (how !== 0) this.#fault(`ended with ${how} after SIGTERM: ${child.complaints()}`);
  }

  #fault(fault: string): void {
    this.#options.onFault(`${this.name} ${fault}`);
  }
}
