import { existsSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { formatCount, sum, waitUntil } from "@gvpie/testing";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startNode, startTestServer } from "../harness/servers.ts";

interface Published {
  readonly via: "slot" | "spool";
  readonly published: number;
}

interface Read {
  readonly slotReads: number;
  readonly spoolReads: number;
  readonly short: number;
}

/** Gives pictures of 160,000 bytes. */
const SIZE = { width: 200, height: 200 };

export const shortReply = defineCase<Published | Read>({
  number: 3,
  fault: "a client reads a reply while the server publishes it",
  required: "no read is short: 10,000 publishes beside a reader that never pauses",
  async run(context) {
    const dir = context.newSocketPath();
    const server = await startTestServer(context, dir);
    const argument = JSON.stringify({ dir, slotBytes: SIZE.width * SIZE.height * 4 });
    const reader = startNode(context, harnessPath("polling-reader.ts"), [argument]);
    await reader.waitForMessage("ready");
    const each = context.count(5_000, 100);
    const slot = new OldSlotClient(dir);
    for (let count = 0; count < each; count++) {
      slot.writeProgram(`slot ${count}`, SIZE.width, SIZE.height);
      await waitUntil(() => !existsSync(slot.command), { timeoutMs: 30_000 });
    }
    await waitUntil(() => existsSync(slot.output));
    const published = server.messages.filter((line) => line["type"] === "answered").length;
    context.record({ via: "slot", published });
    await using client = createFileSocketClient({ dir });
    for (let count = 0; count < each; count++) await client.render(`spool ${count}`, SIZE);
    context.record({ via: "spool", published: each });
    await reader.kill("SIGTERM");
    context.record((await reader.waitForMessage("done")) as unknown as Read);
  },
  evaluate(observations) {
    const published = sum(observations.map((one) => ("published" in one ? one.published : 0)));
    const read = observations.find((one) => "short" in one);
    if (read === undefined) return { summary: "the reader reported nothing", isMet: false };
    const { slotReads, spoolReads, short } = read;
    return {
      summary: `${short} short of ${formatCount(slotReads)} reads in the slot and ${formatCount(spoolReads)} in the spool, during ${formatCount(published)} publishes`,
      isMet: short === 0 && slotReads > 0 && spoolReads > 0,
    };
  },
});
