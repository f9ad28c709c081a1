import { existsSync } from "node:fs";
import {
  formatCount,
  formatMib,
  newSeed,
  peakBytes,
  residentBytes,
  resetPeak,
  SeededRandom,
  waitUntil,
} from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { forEachConcurrently } from "../harness/for-each-concurrently.ts";
import { Issuer } from "../harness/issuer.ts";
import { createMaterial, mutatedRequest } from "../harness/mutated-requests.ts";
import { startServing } from "../harness/servers.ts";
import { bytesOfRequest, signRequest } from "../harness/signed-request.ts";

interface Answer {
  readonly kind: string;
  readonly status: string;
  readonly code: string;
  /** The code of its line in the audit; undefined if there is none. */
  readonly audited: string | undefined;
}

interface Replays {
  readonly replays: number;
  /** Second replies. */
  readonly answered: number;
  readonly audited: number;
}

interface Memory {
  readonly seed: number;
  /** Growth of the daemon's peak memory. */
  readonly grownBytes: number;
  /** True if the daemon still renders for the valid capability. */
  readonly servesAfterwards: boolean;
}

const BOUND_BYTES = 96 * 2 ** 20;
const CODE = /^(CAP|FSOCK)_[A-Z0-9_]+$/;
const CLIENTS = 8;

export const mutatedCapabilities = defineCase<Answer | Replays | Memory>({
  number: 45,
  fault:
    "capabilities and requests that are altered, truncated, reordered, spliced, outdated, revoked, malformed, too large or sent twice",
  required:
    "0 of 10,000 are accepted; each is refused with a code and has a line in the audit with that code, a request that is sent twice has no second reply; memory grows by less than 96 MiB",
  async run(context) {
    const seed = newSeed();
    const random = new SeededRandom(seed);
    const dir = context.newSocketPath();
    const issuer = await Issuer.create(context);
    const material = await createMaterial(issuer);
    const { audience, valid } = material;
    const daemon = await startServing(context, dir, issuer.flags("require"));
    const { pid } = daemon;
    const clients = Array.from({ length: CLIENTS }, () => new RawSpoolClient(dir));
    const [first] = clients as [RawSpoolClient];
    const renderValid = async (): Promise<{
      readonly id: string;
      readonly content: Buffer;
      readonly isOk: boolean;
    }> => {
      const request = signRequest({ holder: valid, audience, client: first.name });
      const content = bytesOfRequest(request);
      first.submit(request.id, content);
      const { status } = (await first.reply(request.id, 20_000)).header;
      return { id: request.id, content, isOk: status === "ok" };
    };
    for (let warm = 0; warm < 100; warm++) await renderValid();
    resetPeak(pid);
    const before = residentBytes(pid);

    const answers = new Map<string, Omit<Answer, "audited">>();
    const numbers = Array.from({ length: context.count(10_000, 300) }, (_, number) => number);
    await forEachConcurrently(CLIENTS, numbers, async (number) => {
      const client = clients[number % CLIENTS] ?? first;
      const { kind, id, content } = mutatedRequest(random, material, client.name);
      client.submit(id, content);
      const { status, error } = (await client.reply(id, 20_000)).header;
      answers.set(id, { kind, status, code: error?.code ?? "" });
    });

    const replays = new Set<string>();
    let answered = 0;
    for (let left = context.count(200, 5); left > 0; left--) {
      const { id, content } = await renderValid();
      first.submit(id, content);
      await waitUntil(() => !existsSync(first.requestPath(id)));
      replays.add(id);
    }
    // A reply to a replay would come before that to a later request.
    const { isOk } = await renderValid();
    for (const id of replays) answered += Number(first.hasReply(id));

    const grownBytes = peakBytes(pid) - before;
    const lines = issuer.audit().filter((line) => line.type === "refused");
    const codes = new Map(lines.map((line) => [line.id, line.code]));
    for (const [id, answer] of answers) context.record({ ...answer, audited: codes.get(id) });
    const audited = [...replays].filter((id) => codes.get(id) === "FSOCK_REPLAYED").length;
    context.record({ replays: replays.size, answered, audited });
    context.record({ seed, grownBytes, servesAfterwards: isOk });
    await daemon.kill("SIGTERM");
  },
  evaluate(observations) {
    const answers = observations.filter((one) => "kind" in one);
    const accepted = answers.filter((one) => one.status === "ok").length;
    const typed = answers.filter((one) => one.status !== "busy" && CODE.test(one.code));
    const audited = answers.filter((one) => one.audited === one.code);
    const kinds = new Set(answers.map((one) => one.kind)).size;
    const codes = new Set(answers.map((one) => one.code)).size;
    const odd = answers.find((one) => !typed.includes(one) || one.audited !== one.code);
    const replays = observations.find((one) => "replays" in one);
    const memory = observations.find((one) => "seed" in one);
    return {
      summary: [
        `${accepted} of ${formatCount(answers.length)} accepted, ${formatCount(typed.length)} refused with one of ${codes} codes, of ${kinds} kinds (seed ${memory?.seed}); ${formatCount(audited.length)} in the audit`,
        `${replays?.replays} sent twice: ${replays?.answered} second replies`,
        `memory +${formatMib(memory?.grownBytes ?? Number.NaN)}`,
        ...(odd === undefined
          ? []
          : [`not as required: ${odd.kind}, ${odd.status}, ${odd.code}, in the audit ${odd.audited}`]),
      ].join("; "),
      isMet:
        answers.length > 0 &&
        accepted === 0 &&
        odd === undefined &&
        replays?.answered === 0 &&
        replays.audited === replays.replays &&
        memory?.servesAfterwards === true &&
        memory.grownBytes < BOUND_BYTES,
    };
  },
});
