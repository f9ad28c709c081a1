// Serves and renders on a small file system of its own, in a mount namespace of its own, and tells of every render.
// Argument: {"dir", "guard": boolean, "count"}.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startKit } from "../../packages/file-socket/test/kit/processes.ts";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { SlotUser } from "../../packages/file-socket/test/kit/slot-user.ts";
import { until } from "../../packages/file-socket/test/kit/until.ts";

/** 65,536 bytes. */
const SIDE = 128;
const GUARD_BYTES = 2 ** 20;

const { dir, guard, count } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  guard: boolean;
  count: number;
};

mkdirSync(dir, { recursive: true, mode: 0o700 });
execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "gvpie", dir]);
const server = startKit("server-process.ts", { dir, limits: { minFreeBytes: guard ? GUARD_BYTES : 0 } });
await server.tells("ready");
const client = new RawClient(dir);
const user = new SlotUser(dir);

await render("room", Math.ceil(count / 10));
rmSync(user.output);
user.writeProgram("kept", SIDE, SIDE);
const kept = await user.read();
writeFileSync(`${dir}/filler`, Buffer.alloc(freeBytes() - (guard ? GUARD_BYTES : 40_000)));
await render("full", count);
tell({
  type: "kept",
  kept: existsSync(user.output) && readFileSync(user.output).equals(kept),
  free: freeBytes(),
});
rmSync(`${dir}/filler`);
rmSync(user.output);
await sleep(300);
await render("room again", Math.ceil(count / 10));
tell({ type: "ended", exit: await server.kill("SIGTERM"), complaints: server.complaints() });

/** So many renders through both protocols, one after the other. */
async function render(phase: string, times: number): Promise<void> {
  for (let number = 0; number < times; number++) {
    const { header, payload } = await client.reply(
      client.render(`${phase} ${number}`, { width: SIDE, height: SIDE }),
      30_000,
    );
    const isShort = header.status === "ok" && payload.length !== SIDE * SIDE * 4;
    tell({ type: "render", phase, via: "spool", status: header.status, isShort });
    const before = phase === "full" ? undefined : user.output;
    if (before !== undefined) rmSync(before, { force: true });
    rmSync(user.error, { force: true });
    user.writeProgram(`${phase} ${number}`, SIDE, SIDE);
    await until(() => existsSync(user.error) || (before !== undefined && existsSync(before)), 30_000);
    if (existsSync(user.error)) {
      const { status } = JSON.parse(readFileSync(user.error, "utf8")) as { status: string };
      tell({ type: "render", phase, via: "slot", status, isShort: false });
    } else {
      const size = readFileSync(user.output).length;
      tell({ type: "render", phase, via: "slot", status: "ok", isShort: size !== SIDE * SIDE * 4 });
    }
  }
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

function tell(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
