/**
 * One client of the renderer, in a process of its own:
 *   node --conditions=@gvpie/source soak/client.ts <slot | spool | ping> <directory> <seed>
 * It works until a signal ends it, and prints what became of each request as a line of JSON.
 */
import { existsSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { Random } from "../fuzz/random.ts";
import type { Told } from "./tally.ts";

const POLL_MS = 20;
const GIVE_UP_MS = 2_000;
const PATIENCE_MS = 30_000;
/** The same width and height for all, so that a reply for another client's program is seen by its pixels alone. */
const CANVAS = { width: 32, height: 16 };

const [kind = "", dir = "", seed = "0"] = process.argv.slice(2);
const random = new Random(Number(seed));
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
writeSync(2, "ready\n");
const isStopped = (): boolean => stop.signal.aborted;

const tell = (told: Told): number => writeSync(1, `${JSON.stringify(told)}\n`);

const program = (): string => `COLOR #${(random.next() >>> 8).toString(16).padStart(6, "0")}
RECT 0 0 32 16
SET x ${random.below(32)}
COLOR #ffffff80
DISC {x} 8 ${random.below(9)}
TXT 1 1 ${random.below(10_000)}`;

const expected = (code: string): Buffer => Buffer.from(renderProgram(code, CANVAS).data);

/** What an old client does: write in place, delete a stale reply, look every 20 ms, give up after 2 s. */
async function useSlot(): Promise<void> {
  // What was asked for by one that died is answered or given up by now.
  await sleep(GIVE_UP_MS + 500);
  const output = `${dir}/out.raw`;
  while (!isStopped()) {
    const isPing = random.oneIn(10);
    const code = program();
    const wanted = isPing ? Buffer.from("pong") : expected(code);
    const command = isPing ? { op: "ping" } : { op: "render_program", code, ...CANVAS, format: "RGBA" };
    const at = Date.now();
    const startedAt = performance.now();
    writeFileSync(`${dir}/cmd.json`, JSON.stringify(command));
    rmSync(output, { force: true });
    while (!existsSync(output) && performance.now() < startedAt + GIVE_UP_MS) await sleep(POLL_MS);
    const ms = performance.now() - startedAt;
    if (!existsSync(output)) {
      tell({ kind: "slot", outcome: "lost", at, ms });
    } else {
      const found = readFileSync(output);
      rmSync(output);
      tell({ kind: "slot", outcome: found.equals(wanted) ? "right" : "wrong", at, ms });
    }
    await sleep(random.below(200));
  }
}

async function useSpool(): Promise<void> {
  await using client = createFileSocketClient({ dir });
  const render = async (): Promise<void> => {
    const code = program();
    const at = Date.now();
    const startedAt = performance.now();
    try {
      const { data } = await client.render(code, { ...CANVAS, timeoutMs: PATIENCE_MS });
      const outcome = expected(code).equals(Buffer.from(data)) ? "right" : "wrong";
      tell({ kind: "spool", outcome, at, ms: performance.now() - startedAt });
    } catch (error) {
      if (isStopped()) return;
      tell({ kind: "spool", outcome: codeOf(error), at, ms: performance.now() - startedAt });
    }
  };
  while (!isStopped()) {
    await Promise.all(Array.from({ length: 1 + random.below(3) }, render));
    await sleep(random.below(300));
  }
}

async function ping(): Promise<void> {
  await using client = createFileSocketClient({ dir });
  while (!isStopped()) {
    const at = Date.now();
    try {
      tell({ kind: "ping", outcome: "right", at, ms: await client.ping({ timeoutMs: PATIENCE_MS }) });
    } catch (error) {
      if (!isStopped()) tell({ kind: "ping", outcome: codeOf(error), at, ms: Date.now() - at });
    }
    await sleep(random.below(1000));
  }
}

function codeOf(error: unknown): string {
  return error instanceof FileSocketError ? error.code : String(error);
}

await ({ slot: useSlot, spool: useSpool, ping }[kind] ?? (() => Promise.reject(new Error(kind))))();
