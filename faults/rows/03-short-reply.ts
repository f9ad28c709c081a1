import { existsSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { until } from "../../packages/file-socket/test/kit/until.ts";
import { grouped, sum } from "../kit/numbers.ts";
import { faultKitPath, startNode, startTestServer } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Published {
  readonly via: "slot" | "spool";
  readonly published: number;
}

interface Read {
  readonly slotReads: number;
  readonly spoolReads: number;
  readonly short: number;
}

/** 160,000 bytes. */
const SIZE = { width: 200, height: 200 };

export const shortReply = defineRow<Published | Read>({
  number: 3,
  fault: "a reply is read while it appears",
  required: "never short: 10,000 publishes beside a reader that never rests, every read of full length",
  async run(rig) {
    const dir = rig.newPlace();
    const server = await startTestServer(rig, dir);
    const argument = JSON.stringify({ dir, slotBytes: SIZE.width * SIZE.height * 4 });
    const reader = startNode(rig, faultKitPath("tight-reader.ts"), [argument]);
    await reader.tells("ready");
    const each = rig.count(5_000, 100);
    const user = new SlotUser(dir);
    for (let count = 0; count < each; count++) {
      user.writeProgram(`slot ${count}`, SIZE.width, SIZE.height);
      await until(() => !existsSync(user.command), 30_000);
    }
    await until(() => existsSync(user.output));
    const published = server.told.filter((line) => line["type"] === "answered").length;
    rig.see({ via: "slot", published });
    await using client = createFileSocketClient({ dir });
    for (let count = 0; count < each; count++) await client.render(`spool ${count}`, SIZE);
    rig.see({ via: "spool", published: each });
    await reader.kill("SIGTERM");
    rig.see((await reader.tells("done")) as unknown as Read);
  },
  figure(seen) {
    const published = sum(seen.map((one) => ("published" in one ? one.published : 0)));
    const read = seen.find((one) => "short" in one);
    if (read === undefined) return { text: "the reader told nothing", isReached: false };
    const { slotReads, spoolReads, short } = read;
    return {
      text: `${short} short of ${grouped(slotReads)} reads in the slot and ${grouped(spoolReads)} in the spool, during ${grouped(published)} publishes`,
      isReached: short === 0 && slotReads > 0 && spoolReads > 0,
    };
  },
});
