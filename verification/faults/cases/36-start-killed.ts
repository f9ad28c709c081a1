import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as testing from "@gvpie/testing";
import { waitUntil } from "@gvpie/testing";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { processesWith } from "../harness/processes-with.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Ended {
  readonly end: string;
  /** Processes that were running before the end. */
  readonly started: number;
  /** Command lines of the processes left 30 s later. */
  readonly left: readonly string[];
}

/** The ways in which `npm start` ends; each is given the process that was started. */
const ENDS: Readonly<
  Record<
    string,
    { readonly command: readonly string[]; readonly end: (started: testing.TestProcess) => void }
  >
> = {
  "SIGKILL to start": { command: ["node", "scripts/start.mjs"], end: (started) => started.signal("SIGKILL") },
  "SIGKILL to npm": { command: ["npm", "start"], end: (started) => started.signal("SIGKILL") },
  "the reader of stdout closes": {
    command: ["node", "scripts/start.mjs", "--interval", "1"],
    end: (started) => started.child.stdout?.destroy(),
  },
  "the terminal closes": {
    command: ["script", "-qec", "node scripts/start.mjs", "/dev/null"],
    end: (started) => started.signal("SIGKILL"),
  },
  "SIGHUP to start": { command: ["node", "scripts/start.mjs"], end: (started) => started.signal("SIGHUP") },
  "SIGTERM to npm": { command: ["npm", "start"], end: (started) => started.signal("SIGTERM") },
};

export const startKilled = defineCase<Ended>({
  number: 36,
  fault: "`npm start` is killed, its terminal closes, or the reader of its output goes away",
  required: "both daemons end, and so do their children: 0 processes left by any of 6 ends",
  async run(context) {
    const names = Object.keys(ENDS);
    for (let i = 0; i < context.count(5, 1); i += 1) {
      for (const name of names.slice(0, context.count(names.length, 3))) await endStart(context, name);
    }
  },
  evaluate(observations) {
    const left = observations.flatMap((one) => one.left);
    const ends = new Set(observations.map((one) => one.end)).size;
    return {
      summary: `${observations.length} times, ${ends} kinds of end: ${left.length} processes left${left.length > 0 ? `, such as ${left[0]}` : ""}`,
      isMet: observations.length > 0 && left.length === 0 && observations.every((one) => one.started >= 3),
    };
  },
});

async function endStart(context: CaseContext<Ended>, name: string): Promise<void> {
  const { command: [program = "", ...args] = [], end } = ENDS[name] ?? {};
  const base = dirname(context.newSocketPath());
  const dir = `${base}/renderer`;
  mkdirSync(`${base}/home`);
  const env = {
    ...process.env,
    GVPIE_DIR: dir,
    GVPIE_DB: `${base}/daemon.db`,
    GVPIE_CARTRIDGES: `${base}/cartridges`,
    GVPIE_BACKEND: "cpu",
    HOME: `${base}/home`,
  };
  const started = testing.startProcess(program, args, { cwd: ROOT, env });
  context.defer(() => started[Symbol.asyncDispose]());
  await started.waitForLine(/ok +hello_gpu/);
  const before = processesWith(dir).length;
  end?.(started);
  await waitUntil(() => processesWith(dir).length === 0, { timeoutMs: 30_000 }).catch(() => {});
  const left = processesWith(dir);
  context.record({ end: name, started: before, left: left.map(({ command }) => command) });
  for (const { pid } of left) process.kill(pid, "SIGKILL");
}
