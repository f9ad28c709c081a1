import { createFileSocketServer, type FileSocketServer } from "@gvpie/file-socket";
import { renderer } from "../kit/renderer.ts";
import { TestClock } from "../kit/test-clock.ts";
import { act, type Actor, createActor, kill } from "./actors.ts";

/** The servers of one directory, one after the other. */
export class Servers {
  readonly clock = new TestClock();
  /** How many have been killed. */
  kills = 0;
  /** Moments at which a server came, went, or was to go: who was asked then may get no answer. */
  readonly disturbances: number[] = [];
  readonly #dir: string;
  readonly #renamed: (to: string) => void;
  #current: { readonly actor: Actor; readonly server: FileSocketServer } | undefined;

  constructor(dir: string, renamed: (to: string) => void) {
    this.#dir = dir;
    this.#renamed = renamed;
  }

  get isServing(): boolean {
    if (this.#current?.actor.isDead === true) this.#buried();
    return this.#current !== undefined;
  }

  /** Start one; with a fuse it dies at that failpoint, perhaps while it starts. */
  async start(fuse?: number): Promise<void> {
    this.disturbances.push(performance.now());
    const actor = createActor(this.#renamed);
    actor.fuse = fuse;
    try {
      const options = { dir: this.#dir, render: renderer, clock: this.clock };
      const server = await act(actor, () => createFileSocketServer(options));
      this.#current = { actor, server };
    } catch (error) {
      if (!actor.isDead) throw error;
      this.#buried();
    }
  }

  /** Kill it now, or at that failpoint from now. */
  kill(fuse?: number): void {
    if (!this.isServing || this.#current === undefined) return;
    this.disturbances.push(performance.now());
    this.#current.actor.fuse = fuse;
    if (fuse !== undefined) return;
    kill(this.#current.actor);
    this.#buried();
  }

  #buried(): void {
    this.kills++;
    this.disturbances.push(performance.now());
    this.#current = undefined;
  }

  /** End it in order. */
  async close(): Promise<void> {
    if (!this.isServing || this.#current === undefined) return;
    const { actor, server } = this.#current;
    this.disturbances.push(performance.now());
    try {
      await act(actor, () => server.close());
    } catch (error) {
      if (!actor.isDead) throw error;
    }
    this.disturbances.push(performance.now());
    if (actor.isDead) this.#buried();
    else kill(actor);
    this.#current = undefined;
  }

  /** From now on nothing more happens to the server that there is, or to a new one. */
  async settle(): Promise<void> {
    if (this.isServing && this.#current !== undefined) this.#current.actor.fuse = undefined;
    else await this.start();
  }
}
