import { createFileSocketClient } from "@gvpie/file-socket";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { most, sum } from "../kit/numbers.ts";
import { descriptorCount } from "../kit/proc.ts";
import { startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Exhausted {
  /** Replies while nothing more can be opened, by status and code. */
  readonly during: Readonly<Record<string, number>>;
  /** Replies afterwards. */
  readonly after: Readonly<Record<string, number>>;
  readonly descriptors: number;
}

interface End {
  readonly exit: number | string;
}

const LIMIT = 64;

export const noDescriptors = defineRow<Exhausted | End>({
  number: 26,
  fault: "the descriptors of the process are exhausted (`ulimit -n 64`) under load",
  required: "new work is refused as `busy`, and served when there are some again",
  async run(rig) {
    const dir = rig.newPlace();
    const wrapper = ["sh", "-c", `ulimit -n ${LIMIT}; exec "$0" "$@"`];
    const server = await startTestServer(rig, dir, { wrapper });
    const clients = Array.from({ length: 4 }, () => new RawClient(dir));
    const hogger = new RawClient(dir);
    const rounds = rig.count(20, 2);
    for (let round = 0; round < rounds; round++) {
      const hog = hogger.render("!descriptors 600");
      // It has them all once a request is refused for that reason.
      const during: Record<string, number> = {};
      for (const { header } of await askAll(clients, "during")) count(during, header);
      await hogger.reply(hog, 30_000);
      const after: Record<string, number> = {};
      for (const { header } of await askAll(clients, "after")) count(after, header);
      rig.see({ during, after, descriptors: descriptorCount(server.child.pid ?? 0) });
    }
    await using ours = createFileSocketClient({ dir });
    await ours.render("at last");
    rig.see({ exit: await server.kill("SIGTERM") });
  },
  figure(seen) {
    const rounds = seen.filter((one) => "during" in one);
    const statuses = (of: "during" | "after"): [string, number][] =>
      rounds.flatMap((one) => Object.entries(one[of]));
    const numberOf = (of: "during" | "after", name: string): number =>
      sum(statuses(of).map(([status, times]) => (status === name ? times : 0)));
    const busy = numberOf("during", "busy FSOCK_NO_DESCRIPTORS");
    const served = numberOf("after", "ok");
    const others = statuses("during").filter(
      ([status]) => !["ok", "busy FSOCK_NO_DESCRIPTORS"].includes(status),
    );
    const end = seen.find((one) => "exit" in one);
    return {
      text: `${rounds.length} times none left: ${busy} requests refused as \`busy\`, ${sum(others.map(([, times]) => times))} otherwise; all ${served} served afterwards; ${most(rounds.map((one) => one.descriptors))} descriptors then`,
      isReached:
        busy > 0 &&
        others.length === 0 &&
        served > 0 &&
        statuses("after").every(([status]) => status === "ok") &&
        end?.exit === 0,
    };
  },
});

type Reply = Awaited<ReturnType<RawClient["reply"]>>;

/** Three requests of each client, all at once. */
async function askAll(clients: readonly RawClient[], code: string): Promise<Reply[]> {
  const asked = clients.flatMap((client) =>
    [0, 1, 2].map((number) => ({ client, id: client.render(`${code} ${number}`) })),
  );
  return Promise.all(asked.map(({ client, id }) => client.reply(id, 30_000)));
}

function count(statuses: Record<string, number>, { status, error }: Reply["header"]): void {
  const name = error === undefined ? status : `${status} ${error.code}`;
  statuses[name] = (statuses[name] ?? 0) + 1;
}
