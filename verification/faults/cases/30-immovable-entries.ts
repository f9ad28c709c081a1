import { chmodSync, existsSync, lstatSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { newId } from "@gvpie/file-socket/internal";
import { formatMs, percentile, waitUntil } from "@gvpie/testing";
import { OldSlotClient, RawSpoolClient } from "@gvpie/testing/file-socket";
import { otherUser } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { overdueMs, watchHeartbeats } from "../harness/heartbeats.ts";
import { give, giveParent, placeImmovable, release } from "../harness/immovable.ts";
import { startTestServer } from "../harness/servers.ts";

interface Phase {
  readonly phase: "idle" | "obstructed";
  readonly latenciesMs: readonly number[];
  /** Replies other than a picture. */
  readonly failed: number;
}

interface Outcome {
  readonly entries: number;
  /** Times that the server stopped to try again later. */
  readonly backoffs: number;
  /** Lines of the log about entries that cannot be moved. */
  readonly reports: number;
  /** Entries that were still there after they could be moved. */
  readonly left: readonly string[];
  readonly heartbeatsAt: readonly number[];
}

const BOUND_RATIO = 10;
const BOUND_OVERDUE_MS = 250;
const BOUND_REPORTS = 20;

export const immovableEntries = defineCase<Phase | Outcome>({
  number: 30,
  fault: "entries that the server, which is not root, may not move or remove, in every directory",
  required:
    "the server skips and reports them, never stops for them, and moves them once it can: the p99 latency of another client is at most 10 × that without them, the heartbeat less than 250 ms late",
  async run(context) {
    const uid = otherUser();
    const dir = context.newSocketPath();
    giveParent(dir, uid);
    const server = await startTestServer(context, dir, { uid });
    const client = new RawSpoolClient(dir);
    give(client.replyDirectory, uid);
    const measure = async (phase: Phase["phase"], isOver: (requests: number) => boolean): Promise<void> => {
      const latenciesMs: number[] = [];
      let failed = 0;
      for (let requests = 0; !isOver(requests); requests++) {
        const startedAt = performance.now();
        const { header } = await client.reply(client.render(`${requests}`), 20_000);
        latenciesMs.push(Math.round((performance.now() - startedAt) * 1000) / 1000);
        failed += Number(header.status !== "ok");
        await sleep(5);
      }
      context.record({ phase, latenciesMs, failed });
    };
    await measure("idle", (requests) => requests >= context.count(1_000, 30));
    const heartbeats = watchHeartbeats(context, dir);
    const many = Array.from({ length: context.count(1_000, 50) }, (_, number) => `v1/new/${number}`);
    const names = ["cmd.json", "v1/out/x", "v1/run/x", `v1/new/${newId()}.${client.name}.req`, ...many];
    const paths = names.map((name) => `${dir}/${name}`);
    for (const path of paths) placeImmovable(path, uid);
    const blocked = new RawSpoolClient(dir);
    give(blocked.replyDirectory, uid);
    placeImmovable(`${dir}/v1/tmp/${blocked.name}.spare`, uid);
    placeImmovable(`${dir}/out.raw`, uid);
    blocked.render("large", { width: 400, height: 300 });
    // A reply to each of these would go into a directory that the server may not write to.
    const unwritable = new RawSpoolClient(dir);
    give(unwritable.replyDirectory, uid);
    chmodSync(unwritable.replyDirectory, 0o400);
    const until = performance.now() + context.count(30_000, 3_000);
    const spoil = setInterval(() => unwritable.render("nowhere to put it"), 50);
    context.defer(() => clearInterval(spoil));
    await measure("obstructed", () => performance.now() > until);
    clearInterval(spoil);
    const countOf = (type: string): number => server.messages.filter((line) => line["type"] === type).length;
    const backoffs = countOf("storage");
    const reports = countOf("stuck");
    for (const path of paths) release(path);
    const left = (): string[] => names.filter((name) => existsSync(`${dir}/${name}`));
    await waitUntil(() => left().length === 0, { timeoutMs: 60_000 }).catch(() => {});
    const slot = new OldSlotClient(dir);
    release(slot.output);
    slot.writeProgram("after");
    await waitUntil(() => lstatSync(slot.output).isFile(), { timeoutMs: 20_000 });
    context.record({
      entries: readdirSync(`${dir}/v1/bad`).length,
      backoffs,
      reports,
      left: left(),
      heartbeatsAt: heartbeats.stop(),
    });
    await server.kill("SIGTERM");
  },
  evaluate(observations, isFull) {
    const phases = observations.filter((one) => "phase" in one);
    const p99 = (phase: Phase["phase"]): number =>
      percentile(
        phases.filter((one) => one.phase === phase).flatMap((one) => one.latenciesMs),
        0.99,
      );
    const failed = phases.reduce((sum, one) => sum + one.failed, 0);
    const [idle, obstructed] = [p99("idle"), p99("obstructed")];
    const outcome = observations.find((one) => "backoffs" in one);
    const overdue = overdueMs(outcome?.heartbeatsAt ?? []);
    return {
      summary: `${outcome?.entries ?? 0} entries, ${outcome?.reports ?? 0} reports, ${outcome?.backoffs ?? 0} stops, ${outcome?.left.length ?? 0} left once they could be moved; other client: p99 ${formatMs(obstructed)}, without them ${formatMs(idle)}, ${failed} failed; heartbeat at most ${formatMs(overdue)} late`,
      isMet:
        outcome !== undefined &&
        outcome.backoffs === 0 &&
        outcome.reports > 0 &&
        outcome.reports <= BOUND_REPORTS &&
        outcome.left.length === 0 &&
        failed === 0 &&
        (!isFull || (obstructed <= BOUND_RATIO * idle && overdue < BOUND_OVERDUE_MS)),
    };
  },
});
