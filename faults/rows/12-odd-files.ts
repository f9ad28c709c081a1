import { readFileSync, renameSync } from "node:fs";
import { ODDITIES, placeVictim, VICTIM } from "../../packages/file-socket/test/kit/oddities.ts";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { newId } from "@gvpie/file-socket/internal";
import { most, ms } from "../kit/numbers.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Odd {
  readonly kind: string;
  readonly via: "slot" | "spool";
  /** The code of the refusal. */
  readonly code: string;
  readonly isExpected: boolean;
  readonly refusedMs: number;
  readonly victimIsUnchanged: boolean;
  /** Whether an ordinary request was served afterwards. */
  readonly servesOn: boolean;
}

const BOUND_MS = 100;

export const oddFiles = defineRow<Odd>({
  number: 12,
  fault: "a link, a FIFO, a directory or a huge file as `cmd.json` or as a request",
  required:
    "refused, what it leads to unchanged, nothing hangs: each kind through both protocols, each within 100 ms",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const client = new RawClient(dir);
    const user = new SlotUser(dir);
    const victim = placeVictim(dir);
    const rounds = rig.count(20, 1);
    for (let round = 0; round < rounds; round++) {
      for (const { kind, code, make } of ODDITIES) {
        const id = newId();
        place(make, client.requestPath(id), victim);
        let startedAt = performance.now();
        const { header } = await client.reply(id, 20_000);
        const spoolMs = performance.now() - startedAt;
        const victimIsUnchanged = readFileSync(victim, "utf8") === VICTIM;
        const servesOn = (await client.reply(client.render("after"), 20_000)).header.status === "ok";
        const told = header.error?.code ?? "";
        rig.see({
          kind,
          via: "spool",
          code: told,
          isExpected: told === code,
          refusedMs: spoolMs,
          victimIsUnchanged,
          servesOn,
        });

        place(make, user.command, victim);
        startedAt = performance.now();
        const found = String((await user.readError(20_000))["code"]);
        const slotMs = performance.now() - startedAt;
        user.writeProgram("after");
        const isServed = (await user.read(20_000)).length === 32;
        user.delete();
        rig.see({
          kind,
          via: "slot",
          code: found,
          isExpected: found === code,
          refusedMs: slotMs,
          victimIsUnchanged: readFileSync(victim, "utf8") === VICTIM,
          servesOn: isServed,
        });
      }
    }
    await server.kill("SIGTERM");
  },
  figure(seen, isFull) {
    const slowest = most(seen.map((one) => one.refusedMs));
    const good = seen.filter((one) => one.isExpected && one.victimIsUnchanged && one.servesOn).length;
    const kinds = new Set(seen.map((one) => one.kind)).size;
    return {
      text: `${good} of ${seen.length} refused, victim unchanged (${kinds} kinds × 2 protocols), at most ${ms(slowest)}`,
      isReached: good === seen.length && kinds === ODDITIES.length && (!isFull || slowest <= BOUND_MS),
    };
  },
});

/** Make it elsewhere and move it in, whole: a directory would be taken away while something is put into it. */
function place(make: (typeof ODDITIES)[number]["make"], path: string, victim: string): void {
  make(`${victim}.odd`, victim);
  renameSync(`${victim}.odd`, path);
}
