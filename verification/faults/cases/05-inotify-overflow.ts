import { renameSync, rmSync, writeFileSync } from "node:fs";
import { formatMs, max } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Overflow {
  readonly via: "slot" | "spool";
  /** Events that arrived while the server was stopped. */
  readonly events: number;
  /** Milliseconds from the server's continuation to the reply. */
  readonly servedMs: number;
}

const BOUND_MS = 500;
/** Each rename gives two events. */
const RENAMES = 8_600;

/** Ids of the files that are renamed. */
const IDS = ["00000000000000000000000000", "00000000000000000000000001"] as const;

export const inotifyOverflow = defineCase<Overflow>({
  number: 5,
  fault: "the kernel's event queue overflows (16,384 events), so that events are lost",
  required: "the rescan finds the request: 17,200 events, served within 500 ms of the server's continuation",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const client = new RawSpoolClient(dir);
    const slot = new OldSlotClient(dir);
    const rounds = context.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const via of ["slot", "spool"] as const) {
        server.signal("SIGSTOP");
        overflowQueue(
          via === "slot"
            ? [`${dir}/a`, `${dir}/b`]
            : [client.requestPath(IDS[0]), client.requestPath(IDS[1])],
        );
        const id = via === "spool" ? client.render("after") : undefined;
        if (id === undefined) slot.writeProgram("after");
        const startedAt = performance.now();
        server.signal("SIGCONT");
        if (id === undefined) {
          await slot.read(20_000);
          slot.delete();
        } else {
          await client.reply(id, 20_000);
        }
        context.record({ via, events: 2 * RENAMES, servedMs: performance.now() - startedAt });
      }
    }
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const slowest = max(observations.map((one) => one.servedMs));
    return {
      summary: `${observations.length} overflows, all served, at most ${formatMs(slowest)} after`,
      isMet: !isFull || slowest <= BOUND_MS,
    };
  },
});

/** Renames a file back and forth, then removes it. */
function overflowQueue([from, to]: readonly [string, string]): void {
  writeFileSync(from, "");
  for (let count = 0; count < RENAMES; count += 2) {
    renameSync(from, to);
    renameSync(to, from);
  }
  rmSync(from);
}
