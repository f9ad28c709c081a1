import { mkdirSync, renameSync, rmSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { most, ms } from "../kit/numbers.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Replaced {
  readonly how: "removed" | "moved away";
  /** Milliseconds from the replacement to the reply in the slot. */
  readonly slotMs: number;
  /** The same through the spool. */
  readonly spoolMs: number;
}

const BOUND_MS = 1_000;

export const directoryReplaced = defineRow<Replaced>({
  number: 6,
  fault: "the directory is removed and made again",
  required: "checked anew, watched anew: the next request is served within 1 s",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const rounds = rig.count(10, 1);
    for (let round = 0; round < rounds; round++) {
      for (const how of ["removed", "moved away"] as const) {
        if (how === "moved away") renameSync(dir, `${dir}.${round}`);
        else rmSync(dir, { recursive: true });
        // An old client needs a directory to write to.
        mkdirSync(dir, { mode: 0o700, recursive: true });
        const startedAt = performance.now();
        const user = new SlotUser(dir);
        user.writeProgram(`slot ${round}`);
        const slot = user.read(20_000).then(() => performance.now() - startedAt);
        slot.catch(() => {});
        await using client = createFileSocketClient({ dir });
        await client.render(`spool ${round}`, { timeoutMs: 20_000 });
        const spoolMs = performance.now() - startedAt;
        rig.see({ how, slotMs: await slot, spoolMs });
      }
    }
    await server.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const slowest = most(seen.flatMap(({ slotMs, spoolMs }) => [slotMs, spoolMs]));
    return {
      text: `${seen.length} replacements, both protocols served, at most ${ms(slowest)} after`,
      isReached: !isFull || slowest <= BOUND_MS,
    };
  },
});
