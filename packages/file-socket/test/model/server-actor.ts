import { createFileSocketServer, type FileSocketServer } from "@gvpie/file-socket";
import { type Actor, createActor, kill, runAs } from "./actors.ts";
import { renderer } from "../support/renderer.ts";
import { TestClock } from "../support/test-clock.ts";

/** The servers of one directory, one after another. */
export class Servers {
  readonly clock = new TestClock();
  /** Number of servers killed so far. */
  kills = 0;
  /** Times at which a server started, ended or was told to end. A request at such a time may get no answer. */
  readonly disturbances: number[] = [];
  readonly #dir: string;
  readonly #onRename: (to: string) => void;
  #current: { readonly actor: Actor; readonly server: FileSocketServer } | undefined;

  constructor(dir: string, onRename: (to: string) => void) {
    this.#dir = dir;
    this.#onRename = onRename;
  }

  get isServing(): boolean {
    if (this.#current?.actor.isKilled === true) this.#recordKill();
    return this.#current !== undefined;
  }

  /** Starts a server. With `killAfter`, it is killed after that many failpoints, perhaps during the start. */
  async start(killAfter?: number): Promise<void> {
    this.disturbances.push(performance.now());
    const actor = createActor(this.#onRename);
    actor.killAfter = killAfter;
    try {
      const options = { dir: this.#dir, render: renderer, clock: this.clock };
      const server = await runAs(actor, () => createFileSocketServer(options));
      this.#current = { actor, server };
    } catch (error) {
      if (!actor.isKilled) throw error;
      this.#recordKill();
    }
  }

  /** Kills the server now, or after that many more failpoints. */
  kill(killAfter?: number): void {
    if (!this.isServing || this.#current === undefined) return;
    this.disturbances.push(performance.now());
    this.#current.actor.killAfter = killAfter;
    if (killAfter !== undefined) return;
    kill(this.#current.actor);
    this.#recordKill();
  }

  #recordKill(): void {
    this.kills++;
    this.disturbances.push(performance.now());
    this.#current = undefined;
  }

  /** Closes the server. */
  async close(): Promise<void> {
    if (!this.isServing || this.#current === undefined) return;
    const { actor, server } = this.#current;
    this.disturbances.push(performance.now());
    try {
      await runAs(actor, () => server.close());
    } catch (error) {
      if (!actor.isKilled) throw error;
    }
    this.disturbances.push(performance.now());
    if (actor.isKilled) {
      this.#recordKill();
    } else {
      kill(actor);
    }
    this.#current = undefined;
  }

  /** Starts a server if there is none, and kills none from now on. */
  async settle(): Promise<void> {
    if (this.isServing && this.#current !== undefined) {
      this.#current.actor.killAfter = undefined;
    } else {
      await this.start();
    }
  }
}
