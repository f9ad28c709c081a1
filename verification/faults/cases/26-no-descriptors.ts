import { createFileSocketClient } from "@gvpie/file-socket";
import { descriptorCount, max, sum } from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { startTestServer } from "../harness/servers.ts";

interface Round {
  /** Replies without free descriptors, by status and code. */
  readonly during: Readonly<Record<string, number>>;
  /** Replies afterwards, by status and code. */
  readonly after: Readonly<Record<string, number>>;
  readonly descriptors: number;
}

interface End {
  readonly exit: number | string;
}

const LIMIT = 64;

export const noDescriptors = defineCase<Round | End>({
  number: 26,
  fault: "the descriptors of the process are exhausted (`ulimit -n 64`) under load",
  required: "new requests are refused as `busy`, and served when descriptors are free again",
  async run(context) {
    const dir = context.newSocketPath();
    const wrapper = ["sh", "-c", `ulimit -n ${LIMIT}; exec "$0" "$@"`];
    const server = await startTestServer(context, dir, { wrapper });
    const clients = Array.from({ length: 4 }, () => new RawSpoolClient(dir));
    const exhauster = new RawSpoolClient(dir);
    const rounds = context.count(20, 2);
    for (let round = 0; round < rounds; round++) {
      const exhausting = exhauster.render("!descriptors 600");
      // Some of these requests arrive while the renderer holds all descriptors.
      const during: Record<string, number> = {};
      for (const { header } of await sendAll(clients, "during")) count(during, header);
      await exhauster.reply(exhausting, 30_000);
      const after: Record<string, number> = {};
      for (const { header } of await sendAll(clients, "after")) count(after, header);
      context.record({ during, after, descriptors: descriptorCount(server.pid) });
    }
    await using client = createFileSocketClient({ dir });
    await client.render("at the end");
    context.record({ exit: await server.kill("SIGTERM") });
  },
  evaluate(observations) {
    const rounds = observations.filter((one) => "during" in one);
    const statuses = (of: "during" | "after"): [string, number][] =>
      rounds.flatMap((one) => Object.entries(one[of]));
    const numberOf = (of: "during" | "after", name: string): number =>
      sum(statuses(of).map(([status, times]) => (status === name ? times : 0)));
    const busy = numberOf("during", "busy FSOCK_NO_DESCRIPTORS");
    const served = numberOf("after", "ok");
    const others = statuses("during").filter(
      ([status]) => !["ok", "busy FSOCK_NO_DESCRIPTORS"].includes(status),
    );
    const end = observations.find((one) => "exit" in one);
    return {
      summary: `${rounds.length} times no descriptors left: ${busy} requests refused as \`busy\`, ${sum(others.map(([, times]) => times))} otherwise; all ${served} served afterwards; ${max(rounds.map((one) => one.descriptors))} descriptors then`,
      isMet:
        busy > 0 &&
        others.length === 0 &&
        served > 0 &&
        statuses("after").every(([status]) => status === "ok") &&
        end?.exit === 0,
    };
  },
});

type Reply = Awaited<ReturnType<RawSpoolClient["reply"]>>;

/** Sends three requests from each client at once. */
async function sendAll(clients: readonly RawSpoolClient[], code: string): Promise<Reply[]> {
  const sent = clients.flatMap((client) =>
    [0, 1, 2].map((number) => ({ client, id: client.render(`${code} ${number}`) })),
  );
  return Promise.all(sent.map(({ client, id }) => client.reply(id, 30_000)));
}

function count(statuses: Record<string, number>, { status, error }: Reply["header"]): void {
  const name = error === undefined ? status : `${status} ${error.code}`;
  statuses[name] = (statuses[name] ?? 0) + 1;
}
