import { renameSync, rmSync, writeFileSync } from "node:fs";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { most, ms } from "../kit/numbers.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Overflow {
  readonly via: "slot" | "spool";
  /** Events that the stopped server could not take. */
  readonly events: number;
  /** Milliseconds from when the server went on to the reply. */
  readonly servedMs: number;
}

const BOUND_MS = 500;
/** Each is two events. */
const RENAMES = 8_600;

const NOISE = "00000000000000000000000000";
const MORE_NOISE = "00000000000000000000000001";

export const inotifyOverflow = defineRow<Overflow>({
  number: 5,
  fault: "the kernel's event queue overflows (16,384 events) and tells nobody",
  required: "the scan finds the request: 17,200 events, served within 500 ms of going on",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const client = new RawClient(dir);
    const user = new SlotUser(dir);
    const rounds = rig.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const via of ["slot", "spool"] as const) {
        server.child.kill("SIGSTOP");
        overflow(
          via === "slot"
            ? [`${dir}/a`, `${dir}/b`]
            : [client.requestPath(NOISE), client.requestPath(MORE_NOISE)],
        );
        const id = via === "spool" ? client.render("after") : undefined;
        if (id === undefined) user.writeProgram("after");
        const startedAt = performance.now();
        server.child.kill("SIGCONT");
        if (id === undefined) {
          await user.read(20_000);
          user.delete();
        } else await client.reply(id, 20_000);
        rig.see({ via, events: 2 * RENAMES, servedMs: performance.now() - startedAt });
      }
    }
    await server.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const slowest = most(seen.map((one) => one.servedMs));
    return {
      text: `${seen.length} overflows, all served, at most ${ms(slowest)} after`,
      isReached: !isFull || slowest <= BOUND_MS,
    };
  },
});

/** Rename a file to and fro, and remove it. */
function overflow([from, to]: readonly [string, string]): void {
  writeFileSync(from, "");
  for (let count = 0; count < RENAMES; count += 2) {
    renameSync(from, to);
    renameSync(to, from);
  }
  rmSync(from);
}
