import { createFileSocketClient, type FileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { formatCount, sum } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { Issuer } from "../harness/issuer.ts";
import { harnessPath, startNode, startServing } from "../harness/servers.ts";

interface Calls {
  readonly client: "with a capability" | "without one";
  /** Calls that returned the picture of their program. */
  readonly right: number;
  /** Calls that returned something else. */
  readonly accepted: number;
  /** Calls that ended with `FSOCK_UNTRUSTED_REPLY`. */
  readonly refused: number;
  /** Other errors by code. */
  readonly errors: Readonly<Record<string, number>>;
}

interface Forged {
  /** Forged replies by kind. */
  readonly forged: Readonly<Record<string, number>>;
}

const PARALLEL = 4;
const SLOW = "SET i 0\nl:\nADD i 1\nIF i < 300000 l\n";

export const forgedReplies = defineCase<Calls | Forged>({
  number: 44,
  fault:
    "another process of the same user forges replies: places its own first, replaces genuine ones by rename, and overwrites them in place",
  required:
    "a client with a capability accepts 0 of 1,000 forged replies and says which are not trusted; a client without one accepts some, so the forger works",
  async run(context) {
    const dir = context.newSocketPath();
    const issuer = await Issuer.create(context);
    const { text, key } = await issuer.issue();
    const daemon = await startServing(context, dir, issuer.flags("accept"));
    const { audience } = issuer;
    const { text: own, jwk } = await issuer.issue();
    const argument = JSON.stringify({ dir, audience, holder: { text: own, jwk } });
    const forger = startNode(context, harnessPath("forger.ts"), [argument]);
    await forger.waitForMessage("forging");
    const wanted = context.count(1_000, 25);
    await using holder = createFileSocketClient({ dir, capability: { text, key } });
    context.record({
      client: "with a capability",
      ...(await callUntil(holder, context.count(20_000, 1_000), ({ refused }) => refused >= wanted)),
    });
    await using plain = createFileSocketClient({ dir });
    context.record({
      client: "without one",
      ...(await callUntil(plain, context.count(2_000, 500), ({ accepted }) => accepted >= 5)),
    });
    forger.signal("SIGTERM");
    const { forged } = (await forger.waitForMessage("done")) as unknown as Forged;
    context.record({ forged });
    await daemon.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const calls = observations.filter((one) => "client" in one);
    const [holder, plain] = [
      calls.find((one) => one.client !== "without one"),
      calls.find((one) => one.client === "without one"),
    ];
    const kinds = observations.flatMap((one) => ("forged" in one ? Object.keys(one.forged) : []));
    const forged = sum(observations.flatMap((one) => ("forged" in one ? Object.values(one.forged) : [])));
    const errors = Object.entries(holder?.errors ?? {}).map(([code, count]) => `${count} ${code}`);
    return {
      summary: [
        `${formatCount(forged)} forged, of ${kinds.length} kinds`,
        `with a capability: ${holder?.accepted} accepted, ${formatCount(holder?.refused ?? 0)} refused as not trusted, ${formatCount(holder?.right ?? 0)} genuine pictures`,
        `without one: ${plain?.accepted} accepted`,
        ...errors,
      ].join("; "),
      isMet:
        holder?.accepted === 0 &&
        holder.refused >= (isFull ? 1_000 : 25) &&
        holder.right > 0 &&
        errors.length === 0 &&
        (plain?.accepted ?? 0) > 0,
    };
  },
});

/** Renders different programs, some at a time, until `isEnough` or `most` calls were made. */
async function callUntil(
  client: FileSocketClient,
  most: number,
  isEnough: (so: Omit<Calls, "client">) => boolean,
): Promise<Omit<Calls, "client">> {
  const calls = { right: 0, accepted: 0, refused: 0, errors: {} as Record<string, number> };
  let made = 0;
  const caller = async (): Promise<void> => {
    while (made < most && !isEnough(calls)) {
      // A program that takes some milliseconds leaves time for a forgery before the genuine reply.
      const source = `TXT 1 1 ${made++}\n${made % 2 === 0 ? SLOW : ""}`;
      try {
        const { data, queuedMs, adapter } = await client.render(source);
        const isRight = renderProgram(source).data.every((byte, index) => byte === data[index]);
        calls[isRight && queuedMs < 70_000 && adapter === "cpu" ? "right" : "accepted"]++;
      } catch (error) {
        if (!(error instanceof FileSocketError)) throw error;
        const code = error.replyCode ?? error.code;
        if (code !== "FSOCK_UNTRUSTED_REPLY") calls.errors[code] = (calls.errors[code] ?? 0) + 1;
        calls.refused += Number(code === "FSOCK_UNTRUSTED_REPLY");
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, caller));
  return calls;
}
