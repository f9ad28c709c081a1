import { setTimeout as sleep } from "node:timers/promises";
import { type SeededRandom, startNode, type TestProcess } from "@gvpie/testing";
import type { Span } from "./tally.ts";

export interface RestartedProcessOptions {
  readonly name: string;
  readonly file: URL;
  readonly args: readonly string[];
  /** Called with each line of stdout. */
  readonly onLine: (line: string) => void;
  /** Text of the line of stderr that the process writes when it is ready. */
  readonly readyLine: string;
  /** Range of the time between a start and the next kill. */
  readonly lifetimeSeconds: readonly [shortest: number, longest: number];
  readonly random: SeededRandom;
  /** Called with each unexpected exit or failed start, in words. */
  readonly onFailure: (failure: string) => void;
}

/**
 * A process that is ended and restarted again and again: by SIGKILL, and in one of four cases by SIGTERM, after which it
 * must exit with 0.
 */
export class RestartedProcess {
  readonly name: string;
  /** Spans without a running process; the last one may still be open. */
  readonly outages: (Span & { to: number })[] = [];
  kills = 0;
  terminations = 0;
  readonly #options: RestartedProcessOptions;
  readonly #stop = new AbortController();
  readonly #loop: Promise<void>;
  #process: TestProcess | undefined;

  constructor(options: RestartedProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.#loop = this.#restartRepeatedly();
  }

  /** The running process. */
  get process(): TestProcess | undefined {
    return this.#process;
  }

  /** Stops the kills; resolves once the process is running. */
  async stopRestarting(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** Stops the kills and terminates the process. */
  async end(): Promise<void> {
    await this.stopRestarting();
    await this.#terminate();
  }

  async #restartRepeatedly(): Promise<void> {
    const { lifetimeSeconds, random } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#start();
      const { process } = this;
      if (!process) return;
      const lifetimeMs = random.logUniform(...lifetimeSeconds) * 1000;
      const isTermination = random.oneIn(4);
      const lifetime = sleep(lifetimeMs, "over" as const, { signal: this.#stop.signal }).catch(
        () => "stopped" as const,
      );
      const end = await Promise.race([process.exited, lifetime]);
      if (end === "stopped") return;
      if (end !== "over") this.#reportFailure(`exited by itself with ${end}: ${lastLines(process)}`);
      this.outages.push({ from: Date.now(), to: Infinity });
      if (isTermination) {
        this.terminations++;
        await this.#terminate();
      } else {
        this.kills++;
        await process.kill("SIGKILL");
        this.#process = undefined;
      }
    }
    await this.#start();
  }

  async #start(): Promise<void> {
    if (this.#process) return;
    const { file, args, onLine, readyLine } = this.#options;
    const process = startNode(file, args, { onLine });
    try {
      await process.waitForLine(readyLine);
    } catch {
      this.#reportFailure(`did not start: ${lastLines(process)}`);
      return;
    }
    this.#process = process;
    const outage = this.outages.at(-1);
    if (outage?.to === Infinity) outage.to = Date.now();
  }

  async #terminate(): Promise<void> {
    const process = this.#process;
    if (!process) return;
    this.#process = undefined;
    const status = await process.kill("SIGTERM");
    if (status !== 0) this.#reportFailure(`exited with ${status} after SIGTERM: ${lastLines(process)}`);
  }

  #reportFailure(failure: string): void {
    this.#options.onFailure(`${this.name} ${failure}`);
  }
}

function lastLines({ stderr }: TestProcess): string {
  return stderr.slice(-4_000);
}
