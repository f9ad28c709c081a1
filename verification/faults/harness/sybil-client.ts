// Floods a server under many names with the capabilities of one grant, takes the replies and reports their statuses.
// Argument: {"dir", "audience", "holders": [{"text", "jwk"}], "names", "count"}: `count` requests of each name.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { RawSpoolClient, readSpoolReply } from "@gvpie/testing/file-socket";
import { type Holder, keyObjectOf } from "./issuer.ts";
import { report } from "./report-line.ts";
import { bytesOfRequest, signRequest } from "./signed-request.ts";

interface Argument {
  readonly dir: string;
  readonly audience: string;
  readonly holders: readonly Omit<Holder, "key">[];
  readonly names: number;
  readonly count: number;
}

/** Requests of one name that are submitted before replies are looked for. */
const BURST = 4;

const argument = JSON.parse(process.argv[2] ?? "{}") as Argument;
const { dir, audience, names, count } = argument;
const holders = argument.holders.map((holder) => ({ ...holder, key: keyObjectOf(holder.jwk) }));
const clients = Array.from({ length: names }, () => new RawSpoolClient(dir));
const submitted = clients.map(() => 0);
const statuses: Record<string, number> = {};
let answered = 0;
report({ type: "flooding" });

while (answered < names * count) {
  for (const [number, client] of clients.entries()) {
    const holder = holders[number % holders.length];
    if (holder === undefined) throw new Error("expected at least one holder, got none");
    const end = Math.min(count, (submitted[number] ?? 0) + BURST);
    for (let next = submitted[number] ?? 0; next < end; next++) {
      const code = `RECT 0 0 ${next} 9`;
      const fields = { width: 128, height: 64 };
      const request = signRequest({ holder, audience, client: client.name, code, fields });
      client.submit(request.id, bytesOfRequest(request));
    }
    submitted[number] = end;
    takeReplies(client);
    await nextTurn();
  }
}
report({ type: "done", submitted: names * count, statuses });

function takeReplies(client: RawSpoolClient): void {
  for (const name of readdirSync(client.replyDirectory)) {
    const { status } = readSpoolReply(readFileSync(`${client.replyDirectory}/${name}`)).header;
    rmSync(`${client.replyDirectory}/${name}`);
    statuses[status] = (statuses[status] ?? 0) + 1;
    answered++;
  }
}
