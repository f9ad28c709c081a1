import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketServer, type ServerEvent } from "@gvpie/file-socket";
import { pattern } from "./pattern.ts";
import { RawClient } from "./raw-client.ts";
import { SlotUser } from "./slot-user.ts";
import { until } from "./until.ts";

// Runs one scenario on a file system of its own, in a mount namespace of its own, and tells what happened.
const { scenario, dir } = JSON.parse(process.argv[2] ?? "{}") as { scenario: string; dir: string };

const events: ServerEvent[] = [];
const onEvent = (event: ServerEvent): number => events.push(event);
const tell = (outcome: object): boolean =>
  process.stdout.write(`${JSON.stringify({ type: "done", ...outcome })}\n`);
const mount = (options: string): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `${options},mode=700`, "gvpie", dir]);
};
const remount = (options: string): void => void execFileSync("mount", ["-o", `remount,${options}`, dir]);
const freeBytes = (): number => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
};
const fillBut = (bytes: number): void => writeFileSync(`${dir}/filler`, Buffer.alloc(freeBytes() - bytes));

/** Renders of 64 KiB through spool and slot; how often each status came, and whether any reply was short. */
async function render(
  count: number,
): Promise<{ statuses: Record<string, number>; short: number; slot: number }> {
  const client = new RawClient(dir);
  const user = new SlotUser(dir);
  const statuses: Record<string, number> = {};
  let short = 0;
  let slot = 0;
  for (let number = 0; number < count; number++) {
    const { header, payload } = await client.reply(client.render(`${number}`, { width: 128, height: 128 }));
    statuses[header.status] = (statuses[header.status] ?? 0) + 1;
    short += Number(header.status === "ok" && payload.length !== 65_536);
    user.writeProgram(`slot ${number}`, 128, 128);
    await until(() => existsSync(user.output) || existsSync(user.error));
    if (!existsSync(user.output)) continue;
    short += Number(readFileSync(user.output).length !== 65_536);
    slot++;
    user.delete();
  }
  rmSync(client.mailbox, { recursive: true });
  return { statuses, short, slot };
}

const scenarios: Record<string, () => Promise<object>> = {
  async "full disk, guard off"() {
    mount("size=2m");
    await using _server = await createFileSocketServer({
      dir,
      render: pattern,
      limits: { minFreeBytes: 0 },
      onEvent,
    });
    const before = await render(5);
    fillBut(40_000);
    const full = await render(40);
    rmSync(`${dir}/filler`);
    return { before, full, after: await render(5) };
  },

  async "full disk, guard on"() {
    mount("size=8m");
    const limits = { minFreeBytes: 2 ** 20 };
    await using _server = await createFileSocketServer({ dir, render: pattern, limits, onEvent });
    const before = await render(5);
    fillBut(2 ** 20);
    const full = await render(20);
    const free = freeBytes();
    rmSync(`${dir}/filler`);
    await sleep(200);
    const troubles = events.filter((event) => event.type === "storage").length;
    return { before, full, isFull: free < 900_000, after: await render(5), troubles };
  },

  async "read-only from the start"() {
    mount("size=8m");
    remount("ro");
    const error: unknown = await createFileSocketServer({ dir, render: pattern }).catch(
      (reason: unknown) => reason,
    );
    return { code: (error as { code: string }).code, message: (error as Error).message };
  },

  async "no access times"() {
    mount("size=8m,noatime");
    await using _server = await createFileSocketServer({
      dir,
      render: pattern,
      onEvent,
      limits: { minFreeBytes: 0 },
    });
    const user = new SlotUser(dir);
    let right = 0;
    for (let number = 0; number < 30; number++) {
      user.writeProgram(`${number}`);
      await sleep(number % 25);
      if (existsSync(user.output)) user.delete();
      const reply = await user.read(2_000);
      right += Number(
        reply.equals(pattern({ code: `${number}`, width: 4, height: 2, background: undefined }).data),
      );
    }
    return { right };
  },
};

tell((await scenarios[scenario]?.()) ?? {});
