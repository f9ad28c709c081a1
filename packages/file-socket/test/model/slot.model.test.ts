import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { test } from "vitest";
import { RUNS, runSequences, SEED } from "./run.ts";
import { type Call, TIMEOUT_MS, SlotWorld } from "./slot-world.ts";

class Step implements fc.AsyncCommand<object, SlotWorld> {
  readonly #text: string;
  readonly #run: (world: SlotWorld) => Promise<void> | void;
  constructor(text: string, run: (world: SlotWorld) => Promise<void> | void) {
    this.#text = text;
    this.#run = run;
  }
  check(): boolean {
    return true;
  }
  async run(_model: object, world: SlotWorld): Promise<void> {
    await this.#run(world);
  }
  toString(): string {
    return this.#text;
  }
}

const pause = fc.oneof(fc.constant(0), fc.nat(20));
const call = fc
  .record<Call>({
    kind: fc.constantFrom("render", "render", "slow", "ping", "canvas", "bad"),
    parts: fc.constantFrom(1, 1, 2),
    pauses: fc.tuple(pause, pause, pause),
    timeoutMs: fc.oneof({ weight: 3, arbitrary: fc.constant(TIMEOUT_MS) }, fc.nat(80)),
    deletesReply: fc.boolean(),
  })
  .map((made) => new Step(Object.values(made).join(" "), (world) => world.call(made)));
const restart = fc
  .tuple(fc.nat(60), fc.nat(100), fc.option(fc.nat(40), { nil: undefined }))
  .map((args) => new Step(`restart ${args.join(" ")}`, (world) => world.restart(...args)));
const wait = fc.nat(60).map((ms) => new Step(`wait ${ms}`, () => sleep(ms)));
const remove = fc.constant(new Step("remove", (world) => world.remove()));
const commands = fc.commands([call, call, call, call, restart, wait, remove], {
  maxCommands: 12,
  size: "max",
});

test(
  `slot model: ${RUNS} random sequences, MODEL_SEED=${SEED}`,
  { timeout: 60_000 + RUNS * 1_000 },
  async () => {
    await runSequences("slot", commands, async (sequence, tally) => {
      const world = new SlotWorld(tally);
      await world.servers.start();
      await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
      await world.end();
    });
  },
);
