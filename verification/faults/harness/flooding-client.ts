// Submits `count` requests as fast as it can, takes the replies and reports their statuses. Argument: {"dir", "count"}.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { RawSpoolClient, readSpoolReply } from "@gvpie/testing/file-socket";
import { report } from "./report-line.ts";

const { dir, count } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; count: number };
const client = new RawSpoolClient(dir);
const statuses: Record<string, number> = {};
let submitted = 0;
let answered = 0;
report({ type: "flooding" });

while (answered < count) {
  for (let burst = 0; burst < 200 && submitted < count; burst++) {
    client.render(`RECT 0 0 ${submitted} 9`, { width: 128, height: 64 });
    submitted++;
  }
  for (const name of readdirSync(client.replyDirectory)) {
    const { status } = readSpoolReply(readFileSync(`${client.replyDirectory}/${name}`)).header;
    rmSync(`${client.replyDirectory}/${name}`);
    statuses[status] = (statuses[status] ?? 0) + 1;
    answered++;
  }
  await nextTurn();
}
report({ type: "done", submitted, statuses });
