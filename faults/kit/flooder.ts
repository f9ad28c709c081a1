// Submits so many requests as fast as it can, takes the replies, and tells how many were served and how many refused.
// Argument: {"dir", "count"}.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { decodeReply } from "@gvpie/file-socket/internal";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";

const { dir, count } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; count: number };
const client = new RawClient(dir);
const statuses: Record<string, number> = {};
let submitted = 0;
let answered = 0;
process.stdout.write(`${JSON.stringify({ type: "flooding" })}\n`);

while (answered < count) {
  for (let burst = 0; burst < 200 && submitted < count; burst++) {
    client.render(`RECT 0 0 ${submitted} 9`, { width: 128, height: 64 });
    submitted++;
  }
  for (const name of readdirSync(client.mailbox)) {
    const { status } = decodeReply(readFileSync(`${client.mailbox}/${name}`)).header;
    rmSync(`${client.mailbox}/${name}`);
    statuses[status] = (statuses[status] ?? 0) + 1;
    answered++;
  }
  await turn();
}
process.stdout.write(`${JSON.stringify({ type: "done", submitted, statuses })}\n`);
