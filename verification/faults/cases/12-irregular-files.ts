import { readFileSync, renameSync } from "node:fs";
import { newId } from "@gvpie/file-socket/internal";
import { IRREGULAR_FILES, placeVictim, VICTIM } from "@gvpie/file-socket/test-support";
import { formatMs, max } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Refusal {
  readonly kind: string;
  readonly via: "slot" | "spool";
  /** Code of the error. */
  readonly code: string;
  readonly isExpected: boolean;
  readonly refusedMs: number;
  readonly isTargetUnchanged: boolean;
  /** True if an ordinary request was served afterwards. */
  readonly servesAfterwards: boolean;
}

const BOUND_MS = 100;

export const irregularFiles = defineCase<Refusal>({
  number: 12,
  fault: "a link, a FIFO, a directory or a huge file as `cmd.json` or as a request",
  required:
    "the server refuses it, leaves the target unchanged and does not hang: each kind through both protocols, each within 100 ms",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const client = new RawSpoolClient(dir);
    const slot = new OldSlotClient(dir);
    const victim = placeVictim(dir);
    const rounds = context.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const { kind, code, make } of IRREGULAR_FILES) {
        const id = newId();
        moveIntoPlace(make, client.requestPath(id), victim);
        let startedAt = performance.now();
        const { header } = await client.reply(id, 20_000);
        const spoolMs = performance.now() - startedAt;
        const isTargetUnchanged = readFileSync(victim, "utf8") === VICTIM;
        const servesAfterwards = (await client.reply(client.render("after"), 20_000)).header.status === "ok";
        const spoolCode = header.error?.code ?? "";
        context.record({
          kind,
          via: "spool",
          code: spoolCode,
          isExpected: spoolCode === code,
          refusedMs: spoolMs,
          isTargetUnchanged,
          servesAfterwards,
        });

        moveIntoPlace(make, slot.command, victim);
        startedAt = performance.now();
        const slotCode = String((await slot.readError(20_000))["code"]);
        const slotMs = performance.now() - startedAt;
        slot.writeProgram("after");
        const isServed = (await slot.read(20_000)).length === 32;
        slot.delete();
        context.record({
          kind,
          via: "slot",
          code: slotCode,
          isExpected: slotCode === code,
          refusedMs: slotMs,
          isTargetUnchanged: readFileSync(victim, "utf8") === VICTIM,
          servesAfterwards: isServed,
        });
      }
    }
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const slowest = max(observations.map((one) => one.refusedMs));
    const good = observations.filter(
      (one) => one.isExpected && one.isTargetUnchanged && one.servesAfterwards,
    ).length;
    const kinds = new Set(observations.map((one) => one.kind)).size;
    return {
      summary: `${good} of ${observations.length} refused, target unchanged (${kinds} kinds × 2 protocols), at most ${formatMs(slowest)}`,
      isMet:
        good === observations.length && kinds === IRREGULAR_FILES.length && (!isFull || slowest <= BOUND_MS),
    };
  },
});

/** Makes the file elsewhere and renames it into place: the server would take a directory away while it is filled. */
function moveIntoPlace(make: (typeof IRREGULAR_FILES)[number]["make"], path: string, victim: string): void {
  make(`${victim}.staged`, victim);
  renameSync(`${victim}.staged`, path);
}
