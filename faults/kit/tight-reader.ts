// Reads every reply as soon as its name is there, again and again, until SIGTERM; then tells how many it read, and how many
// were not whole. Argument: {"dir", "slotBytes"}.
import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { decodeReply } from "@gvpie/file-socket/internal";

const { dir, slotBytes } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; slotBytes: number };
const over = new AbortController();
process.once("SIGTERM", () => over.abort());
const seen = { slotReads: 0, spoolReads: 0, short: 0 };
process.stdout.write(`${JSON.stringify({ type: "ready" })}\n`);

while (!over.signal.aborted) {
  for (let count = 0; count < 50; count++) readAll();
  await turn();
}
process.stdout.write(`${JSON.stringify({ type: "done", ...seen })}\n`);

function readAll(): void {
  const slot = content(`${dir}/out.raw`);
  if (slot !== undefined) {
    seen.slotReads++;
    seen.short += Number(slot.length !== slotBytes);
  }
  for (const client of names(`${dir}/v1/out`)) {
    for (const name of names(`${dir}/v1/out/${client}`)) {
      const reply = content(`${dir}/v1/out/${client}/${name}`);
      if (reply === undefined) continue;
      seen.spoolReads++;
      seen.short += Number(!isWhole(reply));
    }
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function content(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function isWhole(reply: Buffer): boolean {
  try {
    decodeReply(reply);
    return true;
  } catch {
    return false;
  }
}
