import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createTree, ensureDirectory, newId, treeOf } from "@gvpie/file-socket/internal";
import { type KitProcess, kitPath } from "../../packages/file-socket/test/kit/processes.ts";
import { RawClient } from "../../packages/file-socket/test/kit/raw-client.ts";
import { until } from "../../packages/file-socket/test/kit/until.ts";
import type { Rig } from "../row.ts";
import type { DieAt } from "./die-at.ts";
import { faultKitPath, startNode, startTestServer } from "./servers.ts";
import { loadSlot, type SlotTally } from "./slot-load.ts";
import { SpoolLoad, type SpoolTally } from "./spool-load.ts";
import { Strangers } from "./strangers.ts";

/** What came of killing a server so many times at one failpoint. */
export interface PointKills {
  readonly failpoint: string;
  readonly kills: number;
  /** Servers that did not come to the failpoint, and were ended. */
  readonly missed: number;
  readonly slot?: SlotTally;
  readonly spool?: SpoolTally;
  /** Files of ours that are left after the last server has ended. */
  readonly left: readonly string[];
  /** Files of others that are not as they were. */
  readonly touched: readonly string[];
}

/** How a server is brought to a failpoint. */
interface Plan {
  /** The failpoint at which the server before it is killed. */
  readonly after?: string;
  /** Of the kill, from 0. */
  readonly hit?: (kill: number) => number;
  readonly dieAt?: Omit<DieAt, "name" | "hit">;
  /** Without the load of clients. */
  readonly isQuiet?: boolean;
  /** What is done before each start. */
  readonly prepare?: () => void;
  /** What is done with a living server until it dies. */
  readonly provoke?: (server: KitProcess) => Promise<void>;
  /** What is done with the last server, which lives. */
  readonly finish?: () => Promise<void>;
}

const PATIENCE_MS = 12_000;

/** Kill a server so many times at one of its failpoints, with clients at work, and start it again each time. */
export async function killServerAt(
  rig: Pick<Rig, "newPlace" | "defer">,
  failpoint: string,
  kills: number,
): Promise<PointKills> {
  const dir = rig.newPlace();
  mkdirSync(dir, { mode: 0o700 });
  const tree = treeOf(dir);
  ensureDirectory(tree.v1);
  createTree(tree);
  const strangers = new Strangers([`${dir}/notes.txt`, `${dir}/out.raw.bak`, `${dir}/v1/notes.txt`]);
  const plan = planOf(failpoint, dir);
  const over = new AbortController();
  rig.defer(() => over.abort());
  const spool = plan.isQuiet ? undefined : new SpoolLoad(dir);
  const slot = plan.isQuiet ? undefined : loadSlot(dir, over.signal);
  const spooling = spool?.run(over.signal);
  let killed = 0;
  let missed = 0;
  while (killed < kills && missed <= kills + 3) {
    // Where no server lives long enough to answer, one does from time to time.
    if ((spool?.oldestMs ?? 0) > 4_000) await answerAll(rig, dir, spool);
    if (plan.after !== undefined) await untilDeath(startTo(rig, dir, { name: plan.after, hit: 1 }));
    plan.prepare?.();
    const server = startTo(rig, dir, {
      name: failpoint,
      hit: plan.hit?.(killed) ?? 1 + (killed % 3),
      ...plan.dieAt,
    });
    if (await untilDeath(server, plan.provoke)) killed++;
    else missed++;
  }
  over.abort();
  const last = await startTestServer(rig, dir, {
    ...(plan.dieAt && hooked({ name: "", hit: 0, ...plan.dieAt })),
  });
  await spooling;
  await spool?.finish();
  await plan.finish?.();
  const tally = await slot;
  if (plan.dieAt?.clockSpeed !== undefined) await untilSwept(dir);
  await last.kill("SIGTERM");
  return {
    failpoint,
    kills: killed,
    missed,
    ...(tally && { slot: tally }),
    ...(spool && { spool: spool.tally }),
    left: filesLeft(dir),
    touched: strangers.touched(),
  };
}

function planOf(failpoint: string, dir: string): Plan {
  const [, part = "", step = ""] = failpoint.split("/");
  const litter = (count: number) => (): void => {
    for (let file = 0; file < count; file++) writeFileSync(`${dir}/v1/new/nonsense ${newId()}`, "x");
  };
  const once = (): number => 1;
  switch (part) {
    case "lock":
    case "tree":
      return { hit: once };
    case "quarantine":
      return { prepare: litter(step.endsWith("remove") ? 70 : 3) };
    case "descriptor":
      return step.endsWith("remove") ? { hit: once, provoke: terminate } : { hit: (kill) => 1 + (kill % 2) };
    case "recovery":
      return { hit: once, after: CAUSES[step.replace(/^\w+-/, "")] ?? "" };
    case "sweep":
      return { hit: once, isQuiet: true, prepare: () => abandon(dir), dieAt: { clockSpeed: 400 } };
  }
  if (step.endsWith("-requeue")) return interruption(dir);
  if (step.endsWith("-return")) return { hit: once, dieAt: { rewrites: `${dir}/cmd.json` } };
  return {};
}

/** What a server must have been killed at so that the next one has something to recover. */
const CAUSES: Readonly<Record<string, string>> = {
  deliver: "file-socket/spool/after-request-remove",
  "slot-command": "file-socket/slot/after-claim",
  "slot-reply": "file-socket/slot/after-command-remove",
};

function startTo(rig: Pick<Rig, "defer">, dir: string, dieAt: DieAt): KitProcess {
  return startNode(rig, kitPath("server-process.ts"), [JSON.stringify({ dir })], hooked(dieAt));
}

/** The options of a process that is to die. */
export function hooked(dieAt: DieAt): { imports: string[]; environment: object } {
  return { imports: [faultKitPath("die-at.ts")], environment: { GVPIE_DIE_AT: JSON.stringify(dieAt) } };
}

/** Whether the server has killed itself; otherwise it is ended after a while. */
async function untilDeath(server: KitProcess, provoke?: Plan["provoke"]): Promise<boolean> {
  const over = new AbortController();
  const patience = sleep(PATIENCE_MS, "alive", { signal: over.signal }).catch(() => "alive");
  const provoked = provoke?.(server).catch(() => {});
  const outcome = await Promise.race([server.ended, patience]);
  over.abort();
  if (outcome === "alive") await server.kill("SIGTERM");
  await provoked;
  return outcome === "SIGKILL";
}

/** Let a server live until all that waits is answered. */
async function answerAll(rig: Pick<Rig, "defer">, dir: string, spool: SpoolLoad | undefined): Promise<void> {
  const server = await startTestServer(rig, dir);
  await until(() => (spool?.oldestMs ?? 0) < 1_000, 30_000);
  await server.kill("SIGTERM");
}

async function terminate(server: KitProcess): Promise<void> {
  await server.tells("ready");
  server.child.kill("SIGTERM");
}

/** A server ends while a request is rendered that takes longer than a server waits at its end. */
function interruption(dir: string): Plan {
  const waiting: { readonly client: RawClient; readonly id: string }[] = [];
  return {
    hit: () => 1,
    isQuiet: true,
    provoke: async (server) => {
      await server.tells("ready");
      const client = new RawClient(dir);
      waiting.push({ client, id: client.render("!sleep 2500", { ttlMs: 60_000 }) });
      await until(() => readdirSync(`${dir}/v1/run`).some((name) => name.includes(client.name)));
      server.child.kill("SIGTERM");
    },
    finish: async () => {
      for (const { client, id } of waiting) {
        // What has been answered is checked; what has not is left behind, and found there.
        await client.reply(id, 60_000);
        rmdirSync(client.mailbox);
      }
    },
  };
}

/** What a client of another machine leaves when it dies. */
function abandon(dir: string): void {
  const client = new RawClient(dir);
  writeFileSync(`${client.mailbox}/${newId()}.rep`, "unread");
  writeFileSync(`${dir}/v1/tmp/${newId()}.${client.name}.req`, "half");
}

/** Wait until nothing is left in the tree; what is there after a while stays. */
export async function untilSwept(dir: string): Promise<void> {
  const isSwept = (): boolean => {
    try {
      return filesLeft(dir).length === 0;
    } catch {
      // A folder went while it was read.
      return false;
    }
  };
  await until(isSwept, 20_000).catch(() => {});
}

/** The files in the tree, but for what is kept in quarantine. */
export function filesLeft(dir: string): string[] {
  return ["tmp", "new", "run", "out"].flatMap((part) =>
    readdirSync(`${dir}/v1/${part}`, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith("server."))
      .map((name) => `${part}/${name}`),
  );
}
