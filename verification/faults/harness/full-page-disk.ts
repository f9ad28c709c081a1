// Runs a loop with its page whose database is on a small file system in this process's own mount namespace, and fills it.
// Argument: {"dir"}. The cartridges are on another disk.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "@gvpie/testing";
import { askPage } from "./page-answers.ts";
import { startPageLoop } from "./page-loop.ts";
import { report } from "./report-line.ts";
import { createScripts, moreRuns } from "./script-loop.ts";

const SCRIPTS = 2;
const { dir } = JSON.parse(process.argv[2] ?? "{}") as { readonly dir: string };
const releases: (() => unknown)[] = [];
const context = { defer: (release: () => unknown) => void releases.push(release) };
const disk = join(dir, "disk");
const path = join(disk, "daemon.db");
const filler = join(disk, "filler");
mkdirSync(disk, { recursive: true });
execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "gvpie", disk]);
await createScripts(path, SCRIPTS);
const page = await startPageLoop(context, path, join(dir, "cartridges"));
await moreRuns(page.loop, SCRIPTS);

// The log of the database has some room left.
await waitUntil(
  async () => {
    fill();
    return (await page.ask("/scripts/2/run", { method: "POST" })).status === 503;
  },
  { timeoutMs: 60_000 },
);
const answers = [await askPage(page, path)];
rmSync(filler);
await moreRuns(page.loop, SCRIPTS * 4);
const { status } = await page.ask("/scripts/2/run", { method: "POST" });
report({ type: "ended", answers, after: [status], ...(await page.end()) });
for (const release of releases.toReversed()) await release();

function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize), { flag: "a" });
  } catch {
    // The loop took the space meanwhile.
  }
}
