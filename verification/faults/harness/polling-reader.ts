// Reads every reply as soon as its name exists, without a pause, until SIGTERM. Reports the number of reads and the
// number of incomplete ones. Argument: {"dir", "slotBytes"}.
import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { decodeReply } from "@gvpie/file-socket/internal";
import { report } from "./report-line.ts";

const { dir, slotBytes } = JSON.parse(process.argv[2] ?? "{}") as { dir: string; slotBytes: number };
const over = new AbortController();
process.once("SIGTERM", () => over.abort());
const counts = { slotReads: 0, spoolReads: 0, short: 0 };
report({ type: "ready" });

while (!over.signal.aborted) {
  for (let pass = 0; pass < 50; pass++) readAll();
  await nextTurn();
}
report({ type: "done", ...counts });

function readAll(): void {
  const slot = contentOf(`${dir}/out.raw`);
  if (slot !== undefined) {
    counts.slotReads++;
    counts.short += Number(slot.length !== slotBytes);
  }
  for (const client of namesIn(`${dir}/v1/out`)) {
    for (const name of namesIn(`${dir}/v1/out/${client}`)) {
      const reply = contentOf(`${dir}/v1/out/${client}/${name}`);
      if (reply === undefined) continue;
      counts.spoolReads++;
      counts.short += Number(!isComplete(reply));
    }
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function isComplete(reply: Buffer): boolean {
  try {
    decodeReply(reply);
    return true;
  } catch {
    return false;
  }
}
