// Serves and renders on a small file system in this process's own mount namespace, and reports every render.
// Argument: {"dir", "guard": boolean, "count"}.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { SERVER_PROCESS } from "@gvpie/file-socket/test-support";
import { startNode, waitUntil } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { report } from "./report-line.ts";

/** Gives pictures of 65,536 bytes. */
const SIDE = 128;
const GUARD_BYTES = 2 ** 20;

const { dir, guard, count } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  guard: boolean;
  count: number;
};

mkdirSync(dir, { recursive: true, mode: 0o700 });
execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "gvpie", dir]);
const serverOptions = { dir, limits: { minFreeBytes: guard ? GUARD_BYTES : 0 } };
const server = startNode(SERVER_PROCESS, [JSON.stringify(serverOptions)]);
await server.waitForMessage("ready");
const spool = new RawSpoolClient(dir);
const slot = new OldSlotClient(dir);

await render("room", Math.ceil(count / 10));
rmSync(slot.output);
slot.writeProgram("kept", SIDE, SIDE);
const kept = await slot.read();
writeFileSync(`${dir}/filler`, Buffer.alloc(freeBytes() - (guard ? GUARD_BYTES : 40_000)));
await render("full", count);
report({
  type: "kept",
  kept: existsSync(slot.output) && readFileSync(slot.output).equals(kept),
  free: freeBytes(),
});
rmSync(`${dir}/filler`);
rmSync(slot.output);
await sleep(300);
await render("room again", Math.ceil(count / 10));
report({ type: "ended", exit: await server.kill("SIGTERM"), stderr: server.stderr });

/** Renders through both protocols, one after the other. */
async function render(phase: string, times: number): Promise<void> {
  for (let number = 0; number < times; number++) {
    const { header, payload } = await spool.reply(
      spool.render(`${phase} ${number}`, { width: SIDE, height: SIDE }),
      30_000,
    );
    const isShort = header.status === "ok" && payload.length !== SIDE * SIDE * 4;
    report({ type: "render", phase, via: "spool", status: header.status, isShort });
    // On a full disk the old picture must stay, and the answer is err.json.
    const expectsPicture = phase !== "full";
    if (expectsPicture) rmSync(slot.output, { force: true });
    rmSync(slot.error, { force: true });
    slot.writeProgram(`${phase} ${number}`, SIDE, SIDE);
    await waitUntil(() => existsSync(slot.error) || (expectsPicture && existsSync(slot.output)), {
      timeoutMs: 30_000,
    });
    if (existsSync(slot.error)) {
      const { status } = JSON.parse(readFileSync(slot.error, "utf8")) as { status: string };
      report({ type: "render", phase, via: "slot", status, isShort: false });
    } else {
      const size = readFileSync(slot.output).length;
      report({ type: "render", phase, via: "slot", status: "ok", isShort: size !== SIDE * SIDE * 4 });
    }
  }
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}
