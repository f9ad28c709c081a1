import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore } from "@gvpie/daemon/store";
import { cpuSeconds, formatCount, sum, waitUntil } from "@gvpie/testing";
import { costlyCartridges } from "../harness/costly-cartridges.ts";
import { defineCase } from "../harness/fault-case.ts";
import { startNode } from "../harness/servers.ts";

interface LoopReport {
  readonly cartridges: number;
  /** Costly runs that failed with the code of a cartridge. */
  readonly refused: number;
  /** The other outcomes of costly runs. */
  readonly unexpected: readonly string[];
  /** Successful runs of the other script. */
  readonly beats: number;
  /** Processor time of the process, and of its main thread, while the costly runs were due. */
  readonly processSeconds: number;
  readonly mainSeconds: number;
  readonly exit: number | string;
}

const ZERO_HUMAN_DAEMON = fileURLToPath(
  new URL("../../../apps/zero-human-daemon/src/main.ts", import.meta.url),
);
/** The most of the processor time that the main thread may use. */
const MAX_MAIN_SHARE = 0.2;

/** Returns the processor time of a process's main thread, in seconds. */
function mainThreadSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export const costlyCartridge = defineCase<LoopReport>({
  number: 29,
  fault:
    "cartridge scripts that are costly to read, decode and verify: 16.7 million pixels, 16-bit samples, empty blocks, many chunks, a large program",
  required:
    "each fails with the code of a cartridge; the main thread of the loop uses less than 20 % of their processor time, and another script runs meanwhile",
  async run(context) {
    const directory = dirname(context.newSocketPath());
    const db = join(directory, "daemon.db");
    const costly = await costlyCartridges();
    const rounds = context.count(4, 1);
    await using store = await openStore({ path: db, writable: true });
    await store.addScript({ name: "beat", lang: "pixel", code: "TXT 1 1 A", options: { intervalMs: 50 } });
    const args = ["--db", db, "--cartridges", join(directory, "cartridges"), "--interval", "0.1"];
    const daemon = startNode(context, ZERO_HUMAN_DAEMON, args);
    const { pid = 0 } = daemon.child;
    const runsOf = (script: string) => store.listRuns({ script, limit: 1_000 });
    const succeeded = async () => (await runsOf("beat")).filter((run) => run.success === true).length;
    await waitUntil(async () => (await succeeded()) >= 3);
    const [processBefore, mainBefore, beatsBefore] = [
      cpuSeconds(pid),
      mainThreadSeconds(pid),
      await succeeded(),
    ];
    const names = await Promise.all(
      Object.values(costly).map(async (bytes, i) => {
        const path = join(directory, `costly-${i}.png`);
        writeFileSync(path, bytes);
        const name = `costly ${i}`;
        await store.addScript({ name, lang: "cartridge", code: path, options: { intervalMs: 0 } });
        return name;
      }),
    );
    const finished = async (name: string) =>
      (await runsOf(name)).filter((run) => run.finishedAt !== undefined);
    await waitUntil(
      async () => (await Promise.all(names.map(finished))).every((runs) => runs.length >= rounds),
      { timeoutMs: 300_000 },
    );
    const processSeconds = cpuSeconds(pid) - processBefore;
    const mainSeconds = mainThreadSeconds(pid) - mainBefore;
    const outcomes = (await Promise.all(names.map(finished))).flat().map((run) => run.stderr);
    const unexpected = outcomes.filter((stderr) => !/^CARTRIDGE_[A-Z_]+: /.test(stderr));
    context.record({
      cartridges: names.length,
      refused: outcomes.length - unexpected.length,
      unexpected,
      beats: (await succeeded()) - beatsBefore,
      processSeconds,
      mainSeconds,
      exit: await daemon.kill("SIGTERM"),
    });
  },
  evaluate(observations) {
    const total = (field: "refused" | "beats" | "processSeconds" | "mainSeconds") =>
      sum(observations.map((one) => one[field]));
    const share = total("mainSeconds") / total("processSeconds");
    const unexpected = observations.flatMap((one) => one.unexpected);
    const exits = observations.map((one) => one.exit);
    return {
      summary: `${formatCount(total("refused"))} runs of ${sum(observations.map((one) => one.cartridges))} cartridges failed with their code, ${unexpected.length} otherwise; ${formatCount(total("beats"))} runs of another script; main thread ${(share * 100).toFixed(0)} % of ${total("processSeconds").toFixed(1)} s; exit ${exits.join(", ")}`,
      isMet:
        observations.length > 0 &&
        unexpected.length === 0 &&
        total("beats") > 0 &&
        share < MAX_MAIN_SHARE &&
        exits.every((exit) => exit === 0),
    };
  },
});
