import { newId } from "@gvpie/file-socket/internal";
import {
  formatCount,
  formatMib,
  newSeed,
  peakBytes,
  resetPeak,
  residentBytes,
  SeededRandom,
} from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { badRequest } from "../harness/bad-requests.ts";
import { defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { startServing } from "../harness/servers.ts";

interface Answer {
  readonly kind: string;
  readonly status: string;
  readonly code: string;
}

interface Memory {
  readonly seed: number;
  /** Growth of the daemon's peak memory. */
  readonly grownBytes: number;
  /** True if the daemon still renders. */
  readonly servesAfterwards: boolean;
}

const REFUSALS = new Set(["bad_request", "bad_program", "too_large"]);

export const badRequests = defineCase<Answer | Memory>({
  number: 16,
  fault: "requests with bad sizes, types, keys and ops, lone surrogates, duplicate keys, truncated JSON",
  required:
    "a typed error for each, and no memory is allocated for what a request asks for: 10,000 generated",
  async run(context) {
    const seed = newSeed();
    const random = new SeededRandom(seed);
    const dir = context.newSocketPath();
    const daemon = await startServing(context, dir);
    const { pid } = daemon;
    const clients = Array.from({ length: 8 }, () => new RawSpoolClient(dir));
    const [first] = clients;
    for (let warm = 0; warm < 100; warm++) await first?.reply(first.render("HALT"), 20_000);
    resetPeak(pid);
    const before = residentBytes(pid);
    await forEachConcurrently(
      8,
      Array.from({ length: context.count(10_000, 200) }, (_, number) => number),
      async (number) => {
        const client = clients[number % 8] ?? new RawSpoolClient(dir);
        const id = newId();
        const { kind, text } = badRequest(random, id);
        client.submit(id, text);
        const { status, error } = (await client.reply(id, 20_000)).header;
        context.record({ kind, status, code: error?.code ?? "" });
      },
    );
    const grownBytes = peakBytes(pid) - before;
    const after = await first?.reply(first.render("HALT"), 20_000);
    context.record({ seed, grownBytes, servesAfterwards: after?.header.status === "ok" });
    await daemon.kill("SIGTERM");
  },
  evaluate(observations) {
    const answers = observations.filter((one) => "kind" in one);
    const typed = answers.filter((one) => REFUSALS.has(one.status) && /^[A-Z]+_[A-Z_]+$/.test(one.code));
    const kinds = new Set(answers.map((one) => one.kind)).size;
    const memory = observations.find((one) => "seed" in one);
    return {
      summary: `${formatCount(typed.length)} of ${formatCount(answers.length)} refused with a code, of ${kinds} kinds (seed ${memory?.seed}); memory +${formatMib(memory?.grownBytes ?? Number.NaN)}`,
      isMet: typed.length === answers.length && answers.length > 0 && memory?.servesAfterwards === true,
    };
  },
});
