import { newId } from "@gvpie/file-socket/internal";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { badRequest, randomFrom } from "../kit/bad-requests.ts";
import { inLanes } from "../kit/lanes.ts";
import { grouped, mib } from "../kit/numbers.ts";
import { peakBytes, residentBytes, resetPeak } from "../kit/proc.ts";
import { startServing } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Answer {
  readonly kind: string;
  readonly status: string;
  readonly code: string;
}

interface Memory {
  readonly seed: number;
  /** By which the daemon's memory grew at most, in bytes. */
  readonly grownBytes: number;
  /** Whether it still renders. */
  readonly servesOn: boolean;
}

const REFUSALS = new Set(["bad_request", "bad_program", "too_large"]);

export const badRequests = defineRow<Answer | Memory>({
  number: 16,
  fault: "requests with bad sizes, types, keys and ops, lone surrogates, keys twice, half JSON",
  required: "a typed error for each, no memory for what they ask: 10,000 generated",
  async run(rig) {
    const seed = Date.now() % 2 ** 31;
    const random = randomFrom(seed);
    const dir = rig.newPlace();
    const daemon = await startServing(rig, dir);
    const pid = daemon.child.pid ?? Number.NaN;
    const clients = Array.from({ length: 8 }, () => new RawClient(dir));
    const [first] = clients;
    for (let warm = 0; warm < 100; warm++) await first?.reply(first.render("HALT"), 20_000);
    resetPeak(pid);
    const before = residentBytes(pid);
    await inLanes(
      8,
      Array.from({ length: rig.count(10_000, 200) }, (_, number) => number),
      async (number) => {
        const client = clients[number % 8] ?? new RawClient(dir);
        const id = newId();
        const { kind, text } = badRequest(random, id);
        client.submit(id, text);
        const { status, error } = (await client.reply(id, 20_000)).header;
        rig.see({ kind, status, code: error?.code ?? "" });
      },
    );
    const grownBytes = peakBytes(pid) - before;
    const after = await first?.reply(first.render("HALT"), 20_000);
    rig.see({ seed, grownBytes, servesOn: after?.header.status === "ok" });
    await daemon.kill("SIGTERM");
  },
  figure(seen) {
    const answers = seen.filter((one) => "kind" in one);
    const typed = answers.filter((one) => REFUSALS.has(one.status) && /^[A-Z]+_[A-Z_]+$/.test(one.code));
    const kinds = new Set(answers.map((one) => one.kind)).size;
    const memory = seen.find((one) => "seed" in one);
    return {
      text: `${grouped(typed.length)} of ${grouped(answers.length)} refused with a code, of ${kinds} kinds (seed ${memory?.seed}); memory +${mib(memory?.grownBytes ?? Number.NaN)}`,
      isReached: typed.length === answers.length && answers.length > 0 && memory?.servesOn === true,
    };
  },
});
