import { appendFileSync, existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createKey, issueCapability, publicKeyOf, thumbprintOf } from "@gvpie/capability";
import { createTree, ensureDirectory, newId, treeOf } from "@gvpie/file-socket/internal";
import { SERVER_PROCESS } from "@gvpie/file-socket/test-support";
import { type TestProcess, waitUntil } from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import type { CaseContext, CleanupContext } from "./fault-case.ts";
import { ForeignFiles } from "./foreign-files.ts";
import type { FailpointKill } from "./kill-at-failpoint.ts";
import { keyObjectOf } from "./issuer.ts";
import { harnessPath, startNode, type StartOptions } from "./servers.ts";
import type { Asked } from "./signed-request.ts";
import { loadSlot, type SlotTally } from "./slot-load.ts";
import { SpoolLoad, type SpoolTally } from "./spool-load.ts";

/** The result of killing servers at one failpoint. */
export interface ServerKills {
  readonly failpoint: string;
  readonly kills: number;
  /** Servers that did not reach the failpoint and were terminated. */
  readonly missed: number;
  readonly slot?: SlotTally;
  readonly spool?: SpoolTally;
  /** Our files that are left after the last server has exited. */
  readonly left: readonly string[];
  /** Files of other programs that were changed. */
  readonly changed: readonly string[];
}

/** The steps that make a server reach a failpoint. */
interface Plan {
  /** The failpoint at which the server before it is killed. */
  readonly after?: string;
  /** Returns the pass that kills the server; `kill` counts from 0. */
  readonly hit?: (kill: number) => number;
  readonly options?: Omit<FailpointKill, "name" | "hit">;
  /** True if no clients send requests meanwhile. */
  readonly isIdle?: boolean;
  /** Runs before each start. */
  readonly prepare?: () => void;
  /** Runs beside a server until it dies. */
  readonly provoke?: (server: TestProcess) => Promise<void>;
  /** Runs beside the last server, which is not killed. */
  readonly finish?: () => Promise<void>;
}

const TIMEOUT_MS = 12_000;

/** Kills `kills` servers, one after the other, at a failpoint while clients send requests. */
export async function killServerAt(
  context: Pick<CaseContext, "newSocketPath" | "defer">,
  failpoint: string,
  kills: number,
): Promise<ServerKills> {
  const dir = context.newSocketPath();
  mkdirSync(dir, { mode: 0o700 });
  const tree = treeOf(dir);
  ensureDirectory(tree.v1);
  createTree(tree);
  const foreign = new ForeignFiles([`${dir}/notes.txt`, `${dir}/out.raw.bak`, `${dir}/v1/notes.txt`]);
  const service = /\/(answered|intake)\//.test(failpoint) ? await createCapabilityService(dir) : { dir };
  const plan = planFor(failpoint, service);
  const over = new AbortController();
  context.defer(() => over.abort());
  const spool = plan.isIdle ? undefined : new SpoolLoad(dir, service.holder);
  const slotLoad = plan.isIdle ? undefined : loadSlot(dir, over.signal);
  const spoolLoad = spool?.run(over.signal);
  let killed = 0;
  let missed = 0;
  while (killed < kills && missed <= kills + 3) {
    // At some failpoints no server lives long enough to answer, so one runs without a kill from time to time.
    if (spool !== undefined && spool.oldestMs > 4_000) await answerPending(context, service, spool);
    const { after } = plan;
    if (after !== undefined) await waitForKill(startKilled(context, service, { name: after, hit: 1 }));
    plan.prepare?.();
    const hit = plan.hit?.(killed) ?? 1 + (killed % 3);
    const server = startKilled(context, service, { name: failpoint, hit, ...plan.options });
    if (await waitForKill(server, plan.provoke)) {
      killed++;
    } else {
      missed++;
    }
  }
  over.abort();
  const options = plan.options && killAt({ name: "", hit: 0, ...plan.options });
  const last = await startReady(context, service, options);
  await spoolLoad;
  await spool?.finish();
  await plan.finish?.();
  const slot = await slotLoad;
  // The last server may still be quarantining thousands of invalid names, a few at a time.
  await waitUntilSwept(dir);
  await last.kill("SIGTERM");
  return {
    failpoint,
    kills: killed,
    missed,
    ...(slot && { slot }),
    ...(spool && { spool: spool.tally }),
    left: filesLeft(dir),
    changed: foreign.changed(),
  };
}

function planFor(failpoint: string, { dir, answeredFile = "" }: Service): Plan {
  const [, part = "", step = ""] = failpoint.split("/");
  const addInvalidFiles = (count: number) => (): void => {
    for (let file = 0; file < count; file++) writeFileSync(`${dir}/v1/new/nonsense ${newId()}`, "x");
  };
  const once = (): number => 1;
  switch (part) {
    case "lock":
    case "tree":
      return { hit: once };
    case "answered":
      if (step.endsWith("append")) return {};
      return { hit: once, prepare: () => appendFileSync(answeredFile, EXPIRED_LINES) };
    case "quarantine":
      return { prepare: addInvalidFiles(step.endsWith("remove") ? 70 : 3) };
    case "descriptor":
      return step.endsWith("remove") ? { hit: once, provoke: terminate } : { hit: (kill) => 1 + (kill % 2) };
    case "recovery":
      return { hit: once, after: RECOVERY_CAUSES[step.replace(/^\w+-/, "")] ?? "" };
    case "sweep":
      return { hit: once, isIdle: true, prepare: () => abandonFiles(dir), options: { clockSpeed: 400 } };
  }
  if (step.endsWith("-requeue")) return requeuePlan(dir);
  if (step.endsWith("-return")) return { hit: once, options: { rewrites: `${dir}/cmd.json` } };
  return {};
}

/** The failpoint at which a server is killed so that the next one has something to recover. */
const RECOVERY_CAUSES: Readonly<Record<string, string>> = {
  deliver: "file-socket/spool/after-request-remove",
  "slot-command": "file-socket/slot/after-claim",
  "slot-reply": "file-socket/slot/after-command-remove",
};

/** The server of a directory: the test server, with the arguments that are its own. */
interface Service {
  readonly dir: string;
  readonly holder?: Pick<Asked, "holder" | "audience">;
  readonly answeredFile?: string;
  /** Path and argument of a server that checks capabilities. */
  readonly program?: readonly [file: string, argument: object];
}

async function createCapabilityService(dir: string): Promise<Service> {
  const [root, key, jwk] = await Promise.all([createKey(), createKey(), createKey()]);
  const audience = await thumbprintOf(key);
  const to = publicKeyOf(jwk);
  const text = await issueCapability({ rootKey: root, to, limits: { audience: [audience] } });
  const answeredFile = `${dir}.answered`;
  const argument = { dir, root: publicKeyOf(root), key, answeredFile };
  return {
    dir,
    holder: { holder: { text, key: keyObjectOf(jwk) }, audience },
    answeredFile,
    program: [harnessPath("capability-server.ts"), argument],
  };
}

/** Enough for the file of answered requests to be rewritten. */
const EXPIRED_LINES = `${"0".repeat(13)} ${"A".repeat(43)} 01ARZ3NDEKTSV4RRFFQ69G5FAV\n`.repeat(14_000);

function start(context: CleanupContext, service: Service, options?: StartOptions): TestProcess {
  const [file, argument] = service.program ?? [SERVER_PROCESS, { dir: service.dir }];
  return startNode(context, file, [JSON.stringify(argument)], options);
}

async function startReady(
  context: CleanupContext,
  service: Service,
  options?: StartOptions,
): Promise<TestProcess> {
  const server = start(context, service, options);
  await server.waitForMessage("ready");
  return server;
}

function startKilled(context: CleanupContext, service: Service, kill: FailpointKill): TestProcess {
  return start(context, service, killAt(kill));
}

/** Returns the start options of a process that kills itself at a failpoint. */
export function killAt(kill: FailpointKill): Required<Pick<StartOptions, "imports" | "environment">> {
  return {
    imports: [harnessPath("kill-at-failpoint.ts")],
    environment: { GVPIE_KILL_AT: JSON.stringify(kill) },
  };
}

/** Resolves to true if a process kills itself. After a timeout it is terminated. */
export async function waitForKill(process: TestProcess, provoke?: Plan["provoke"]): Promise<boolean> {
  const over = new AbortController();
  const timeout = sleep(TIMEOUT_MS, "alive", { signal: over.signal }).catch(() => "alive");
  const provoked = provoke?.(process).catch(() => {});
  const outcome = await Promise.race([process.exited, timeout]);
  over.abort();
  if (outcome === "alive") await process.kill("SIGTERM");
  await provoked;
  return outcome === "SIGKILL";
}

/** Runs a server until the old pending requests are answered. */
async function answerPending(context: CleanupContext, service: Service, spool: SpoolLoad): Promise<void> {
  const server = await startReady(context, service);
  await waitUntil(() => spool.oldestMs < 1_000, { timeoutMs: 30_000 });
  await server.kill("SIGTERM");
}

async function terminate(server: TestProcess): Promise<void> {
  await server.waitForMessage("ready");
  server.signal("SIGTERM");
}

/** Terminates the server during a render that takes longer than a closing server waits, so that it requeues the request. */
function requeuePlan(dir: string): Plan {
  const pending: { readonly client: RawSpoolClient; readonly id: string }[] = [];
  return {
    hit: () => 1,
    isIdle: true,
    provoke: async (server) => {
      await server.waitForMessage("ready");
      const client = new RawSpoolClient(dir);
      pending.push({ client, id: client.render("!sleep 2500", { ttlMs: 60_000 }) });
      await waitUntil(() => readdirSync(`${dir}/v1/run`).some((name) => name.includes(client.name)));
      server.signal("SIGTERM");
    },
    finish: async () => {
      for (const { client, id } of pending) {
        // Checks the reply. A request without one is left behind, where filesLeft finds it.
        await client.reply(id, 60_000);
        rmdirSync(client.replyDirectory);
      }
    },
  };
}

/** Leaves the files of a killed client of another machine. */
function abandonFiles(dir: string): void {
  const client = new RawSpoolClient(dir);
  writeFileSync(`${client.replyDirectory}/${newId()}.rep`, "unread");
  writeFileSync(`${dir}/v1/tmp/${newId()}.${client.name}.req`, "half");
}

/** Waits until no files are left in the tree, or for 20 s. */
export async function waitUntilSwept(dir: string): Promise<void> {
  await waitUntil(() => filesLeft(dir).length === 0, { timeoutMs: 20_000 }).catch(() => {});
}

/** Returns the files of requests, replies and clients in the tree; the quarantine is not one of them. */
export function filesLeft(dir: string): string[] {
  return ["tmp", "new", "run", "out"].flatMap((part) =>
    listTree(`${dir}/v1/${part}`)
      .filter((name) => !name.startsWith("server."))
      .map((name) => `${part}/${name}`),
  );
}

function listTree(path: string): string[] {
  for (;;) {
    try {
      return readdirSync(path, { recursive: true, encoding: "utf8" });
    } catch (error) {
      // The server removed a directory while it was read.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || !existsSync(path)) throw error;
    }
  }
}
