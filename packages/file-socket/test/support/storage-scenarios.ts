import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketServer, type ServerEvent } from "@gvpie/file-socket";
import { waitUntil } from "@gvpie/testing";
import { OldSlotClient, pattern, RawSpoolClient } from "@gvpie/testing/file-socket";

// Runs one scenario on its own file system, in its own mount namespace, and writes the outcome as one JSON object.
const { scenario, dir } = JSON.parse(process.argv[2] ?? "{}") as { scenario: string; dir: string };

const events: ServerEvent[] = [];
const onEvent = (event: ServerEvent): number => events.push(event);
const mount = (options: string): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `${options},mode=700`, "gvpie", dir]);
};
/** As a bind, since in a user namespace the kernel refuses to repeat the owner among the options of the file system. */
const makeReadOnly = (): void => void execFileSync("mount", ["-o", "remount,bind,ro", dir]);
const freeBytes = (): number => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
};
const fillExcept = (bytes: number): void => writeFileSync(`${dir}/filler`, Buffer.alloc(freeBytes() - bytes));

/** Renders 64 KiB through the spool and the slot `count` times. Counts statuses, short replies and slot replies. */
async function render(
  count: number,
): Promise<{ statuses: Record<string, number>; short: number; slot: number }> {
  const client = new RawSpoolClient(dir);
  const slotClient = new OldSlotClient(dir);
  const statuses: Record<string, number> = {};
  let short = 0;
  let slot = 0;
  for (let number = 0; number < count; number++) {
    const { header, payload } = await client.reply(client.render(`${number}`, { width: 128, height: 128 }));
    statuses[header.status] = (statuses[header.status] ?? 0) + 1;
    short += Number(header.status === "ok" && payload.length !== 65_536);
    slotClient.writeProgram(`slot ${number}`, 128, 128);
    await waitUntil(() => existsSync(slotClient.output) || existsSync(slotClient.error));
    if (!existsSync(slotClient.output)) continue;
    short += Number(readFileSync(slotClient.output).length !== 65_536);
    slot++;
    slotClient.delete();
  }
  rmSync(client.replyDirectory, { recursive: true });
  return { statuses, short, slot };
}

const scenarios: Record<string, () => Promise<object>> = {
  async "full disk, without minFreeBytes"() {
    mount("size=2m");
    const limits = { minFreeBytes: 0 };
    await using _server = await createFileSocketServer({ dir, render: pattern, limits, onEvent });
    const before = await render(5);
    fillExcept(40_000);
    const full = await render(40);
    rmSync(`${dir}/filler`);
    return { before, full, after: await render(5) };
  },

  async "full disk, with minFreeBytes"() {
    mount("size=8m");
    const limits = { minFreeBytes: 2 ** 20 };
    await using _server = await createFileSocketServer({ dir, render: pattern, limits, onEvent });
    const before = await render(5);
    fillExcept(2 ** 20);
    const full = await render(20);
    const free = freeBytes();
    rmSync(`${dir}/filler`);
    await sleep(200);
    const errors = events.filter((event) => event.type === "storage").length;
    return { before, full, isFull: free < 900_000, after: await render(5), errors };
  },

  async "read-only from the start"() {
    mount("size=8m");
    makeReadOnly();
    const error: unknown = await createFileSocketServer({ dir, render: pattern }).catch(
      (reason: unknown) => reason,
    );
    return { code: (error as { code: string }).code, message: (error as Error).message };
  },

  async "no access times"() {
    mount("size=8m,noatime");
    const limits = { minFreeBytes: 0 };
    await using _server = await createFileSocketServer({ dir, render: pattern, limits, onEvent });
    const slotClient = new OldSlotClient(dir);
    let right = 0;
    for (let number = 0; number < 30; number++) {
      slotClient.writeProgram(`${number}`);
      await sleep(number % 25);
      if (existsSync(slotClient.output)) slotClient.delete();
      const reply = await slotClient.read(2_000);
      right += Number(reply.equals(pattern({ code: `${number}`, width: 4, height: 2 }).data));
    }
    return { right };
  },
};

const outcome = await scenarios[scenario]?.();
process.stdout.write(`${JSON.stringify({ type: "done", ...outcome })}\n`);
