/**
 * A client of the renderer, in its own process:
 *   node --conditions=@gvpie/source verification/soak/client.ts <slot | spool | ping> <directory> <seed>
 * Sends requests until a signal ends it, and prints each request with its outcome as a line of JSON.
 */
import { existsSync, readFileSync, rmSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { SeededRandom } from "@gvpie/testing";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import type { ClientRequest } from "./tally.ts";

const POLL_MS = 20;
const SLOT_TIMEOUT_MS = 2_000;
const SPOOL_TIMEOUT_MS = 30_000;
/** The same size for all clients, so that only its pixels distinguish a reply to another client's program. */
const CANVAS = { width: 32, height: 16 };

const [kind = "", dir = "", seed = "0"] = process.argv.slice(2);
const random = new SeededRandom(Number(seed));
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
writeSync(2, "ready\n");
const isStopped = (): boolean => stop.signal.aborted;

const report = (request: ClientRequest): number => writeSync(1, `${JSON.stringify(request)}\n`);

const program = (): string => `COLOR #${(random.next() >>> 8).toString(16).padStart(6, "0")}
RECT 0 0 32 16
SET x ${random.below(32)}
COLOR #ffffff80
DISC {x} 8 ${random.below(9)}
TXT 1 1 ${random.below(10_000)}`;

const expected = (code: string): Buffer => Buffer.from(renderProgram(code, CANVAS).data);

/** Acts as an old client: writes in place, deletes a stale reply, polls every 20 ms and times out after 2 s. */
async function useSlot(): Promise<void> {
  // By then the server has answered or dropped the command of a killed client.
  await sleep(SLOT_TIMEOUT_MS + 500);
  // The renderer starts at the same time, and makes the directory.
  while (!existsSync(dir) && !isStopped()) await sleep(POLL_MS);
  const slot = new OldSlotClient(dir);
  while (!isStopped()) {
    const isPing = random.oneIn(10);
    const code = program();
    const wanted = isPing ? Buffer.from("pong") : expected(code);
    const command = isPing ? { op: "ping" } : { op: "render_program", code, ...CANVAS, format: "RGBA" };
    const at = Date.now();
    const startedAt = performance.now();
    slot.write(command);
    rmSync(slot.output, { force: true });
    while (!existsSync(slot.output) && performance.now() < startedAt + SLOT_TIMEOUT_MS) await sleep(POLL_MS);
    const ms = performance.now() - startedAt;
    if (!existsSync(slot.output)) {
      report({ kind: "slot", outcome: "lost", at, ms });
    } else {
      const found = readFileSync(slot.output);
      rmSync(slot.output);
      report({ kind: "slot", outcome: found.equals(wanted) ? "right" : "wrong", at, ms });
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
      const { data } = await client.render(code, { ...CANVAS, timeoutMs: SPOOL_TIMEOUT_MS });
      const outcome = expected(code).equals(Buffer.from(data)) ? "right" : "wrong";
      report({ kind: "spool", outcome, at, ms: performance.now() - startedAt });
    } catch (error) {
      if (isStopped()) return;
      report({ kind: "spool", outcome: codeOf(error), at, ms: performance.now() - startedAt });
    }
  };
  while (!isStopped()) {
    await Promise.all(Array.from({ length: 1 + random.below(3) }, render));
    await sleep(random.below(300));
  }
}

async function pingRepeatedly(): Promise<void> {
  await using client = createFileSocketClient({ dir });
  while (!isStopped()) {
    const at = Date.now();
    try {
      report({ kind: "ping", outcome: "right", at, ms: await client.ping({ timeoutMs: SPOOL_TIMEOUT_MS }) });
    } catch (error) {
      if (!isStopped()) report({ kind: "ping", outcome: codeOf(error), at, ms: Date.now() - at });
    }
    await sleep(random.below(1000));
  }
}

function codeOf(error: unknown): string {
  return error instanceof FileSocketError ? error.code : String(error);
}

const run = { slot: useSlot, spool: useSpool, ping: pingRepeatedly }[kind];
if (run === undefined) throw new RangeError(`expected slot, spool or ping, got ${kind}`);
await run();
