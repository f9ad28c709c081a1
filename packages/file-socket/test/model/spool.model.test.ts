import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { test } from "vitest";
import { kill } from "./actors.ts";
import { RUNS, runSequences, SEED } from "./run.ts";
import { type Kind, SpoolWorld } from "./spool-world.ts";

interface Model {
  /** True if a server may be running. */
  isServed: boolean;
}

abstract class Step implements fc.AsyncCommand<Model, SpoolWorld> {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  check(_model: Readonly<Model>): boolean {
    return true;
  }
  abstract run(model: Model, world: SpoolWorld): Promise<void>;
  toString(): string {
    return this.#text;
  }
}

class Serve extends Step {
  readonly #killAfter: number | undefined;
  constructor(killAfter: number | undefined) {
    super(killAfter === undefined ? "serve" : `serve until failpoint ${killAfter}`);
    this.#killAfter = killAfter;
  }
  async run(model: Model, { servers }: SpoolWorld): Promise<void> {
    if (!servers.isServing) await servers.start(this.#killAfter);
    model.isServed = true;
  }
}

class EndServer extends Step {
  readonly #how: number | "now" | "gracefully";
  constructor(how: number | "now" | "gracefully") {
    super(`end the server ${how}`);
    this.#how = how;
  }
  override check({ isServed }: Readonly<Model>): boolean {
    return isServed;
  }
  async run(model: Model, { servers }: SpoolWorld): Promise<void> {
    if (this.#how === "gracefully") {
      await servers.close();
    } else {
      servers.kill(this.#how === "now" ? undefined : this.#how);
    }
    model.isServed = servers.isServing;
  }
}

class Ask extends Step {
  readonly #args: Parameters<SpoolWorld["ask"]>;
  constructor(...args: Parameters<SpoolWorld["ask"]>) {
    super(`ask ${args.join(" ")}`);
    this.#args = args;
  }
  async run(_model: Model, world: SpoolWorld): Promise<void> {
    world.ask(...this.#args);
  }
}

class Abort extends Step {
  readonly #index: number;
  constructor(index: number) {
    super(`abort ${index}`);
    this.#index = index;
  }
  async run(_model: Model, world: SpoolWorld): Promise<void> {
    world.abort(this.#index);
  }
}

class KillClient extends Step {
  readonly #index: number;
  readonly #killAfter: number | undefined;
  constructor(index: number, killAfter: number | undefined) {
    super(`kill client ${index} ${killAfter ?? "now"}`);
    this.#index = index;
    this.#killAfter = killAfter;
  }
  async run(_model: Model, world: SpoolWorld): Promise<void> {
    const { actor } = world.user(this.#index);
    if (this.#killAfter === undefined) {
      kill(actor);
    } else {
      actor.killAfter = this.#killAfter;
    }
  }
}

class Join extends Step {
  constructor() {
    super("join");
  }
  async run(_model: Model, world: SpoolWorld): Promise<void> {
    world.join();
  }
}

class Litter extends Step {
  readonly #args: Parameters<SpoolWorld["litter"]>;
  constructor(...args: Parameters<SpoolWorld["litter"]>) {
    super(`litter ${args.join(" ")}`);
    this.#args = args;
  }
  override check({ isServed }: Readonly<Model>): boolean {
    return isServed;
  }
  async run(_model: Model, world: SpoolWorld): Promise<void> {
    world.litter(...this.#args);
  }
}

class Wait extends Step {
  readonly #ms: number;
  constructor(ms: number) {
    super(`wait ${ms}`);
    this.#ms = ms;
  }
  async run(): Promise<void> {
    await sleep(this.#ms);
  }
}

const failpoints = fc.nat(45);
const kind = fc.constantFrom<Kind>("quick", "quick", "slow", "large", "bad", "throw");
const ask = fc
  .tuple(fc.nat(3), kind, fc.constantFrom("long", "long", "long", "short"))
  .map((args) => new Ask(...args));
const commands = fc.commands(
  [
    fc.option(failpoints, { nil: undefined, freq: 2 }).map((after) => new Serve(after)),
    fc.oneof(failpoints, fc.constantFrom("now", "gracefully")).map((how) => new EndServer(how)),
    ask,
    ask,
    ask,
    fc.nat(20).map((index) => new Abort(index)),
    fc.tuple(fc.nat(3), fc.option(fc.nat(12), { nil: undefined })).map((args) => new KillClient(...args)),
    fc.constant(new Join()),
    fc
      .tuple(
        fc.constantFrom("tmp", "new", "run", "out"),
        fc.constantFrom("file", "folder", "link", "taken name"),
        fc.integer({ min: 1, max: 200 }),
      )
      .map((args) => new Litter(...args)),
    fc.nat(30).map((ms) => new Wait(ms)),
  ],
  { maxCommands: 24, size: "max" },
);

test(
  `spool model: ${RUNS} random sequences, MODEL_SEED=${SEED}`,
  { timeout: 60_000 + RUNS * 1_000 },
  async () => {
    await runSequences("spool", commands, async (sequence, tally) => {
      const world = new SpoolWorld(tally);
      await fc.asyncModelRun(() => ({ model: { isServed: false }, real: world }), sequence);
      await world.end();
    });
  },
);
