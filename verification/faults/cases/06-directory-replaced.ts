import { mkdirSync, renameSync, rmSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { formatMs, max } from "@gvpie/testing";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Replaced {
  readonly how: "removed" | "moved away";
  /** Milliseconds from the replacement to the reply through the slot. */
  readonly slotMs: number;
  /** Milliseconds from the replacement to the reply through the spool. */
  readonly spoolMs: number;
}

const BOUND_MS = 1_000;

export const directoryReplaced = defineCase<Replaced>({
  number: 6,
  fault: "the directory is removed and created again",
  required: "the server checks and watches the new one: the next request is served within 1 s",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const rounds = context.count(10, 1);
    for (let round = 0; round < rounds; round++) {
      for (const how of ["removed", "moved away"] as const) {
        if (how === "moved away") {
          renameSync(dir, `${dir}.${round}`);
        } else {
          rmSync(dir, { recursive: true });
        }
        // An old client needs a directory to write to.
        mkdirSync(dir, { mode: 0o700, recursive: true });
        const startedAt = performance.now();
        const slot = new OldSlotClient(dir);
        slot.writeProgram(`slot ${round}`);
        const slotMs = slot.read(20_000).then(() => performance.now() - startedAt);
        slotMs.catch(() => {});
        await using client = createFileSocketClient({ dir });
        await client.render(`spool ${round}`, { timeoutMs: 20_000 });
        const spoolMs = performance.now() - startedAt;
        context.record({ how, slotMs: await slotMs, spoolMs });
      }
    }
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const slowest = max(observations.flatMap(({ slotMs, spoolMs }) => [slotMs, spoolMs]));
    return {
      summary: `${observations.length} replacements, both protocols served, at most ${formatMs(slowest)} after`,
      isMet: !isFull || slowest <= BOUND_MS,
    };
  },
});
