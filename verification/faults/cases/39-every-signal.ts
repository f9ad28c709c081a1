import { createFilledFixture, readRows } from "@gvpie/daemon/test-support";
import { type ExitStatus, type TestProcess, waitUntil } from "@gvpie/testing";
import { RawSpoolClient } from "@gvpie/testing/file-socket";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { startLoop, startServing } from "../harness/servers.ts";

interface Outcome {
  readonly process: "gvpie-daemon" | "zero-human-daemon";
  readonly signal: NodeJS.Signals;
  /** True if the process went on working; it was then ended with SIGTERM. */
  readonly goesOn: boolean;
  readonly status: ExitStatus;
  /** Rows of runs without an end. */
  readonly unfinished: number;
  readonly opensDebugger: boolean;
}

const ENDS: readonly NodeJS.Signals[] = [
  "SIGHUP",
  "SIGQUIT",
  "SIGINT",
  "SIGTERM",
  "SIGALRM",
  "SIGVTALRM",
  "SIGXCPU",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
];
const GOES_ON: readonly NodeJS.Signals[] = [
  "SIGUSR1",
  "SIGUSR2",
  "SIGPIPE",
  "SIGXFSZ",
  "SIGCHLD",
  "SIGURG",
  "SIGWINCH",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGSTOP",
];
const STOPS = new Set<NodeJS.Signals>(["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGSTOP"]);

export const everySignal = defineCase<Outcome>({
  number: 39,
  fault:
    "a signal other than SIGINT and SIGTERM, such as those of a closed terminal, a debugger, a resource limit and a power failure",
  required:
    "each signal that ends a process ends it gracefully, with exit code 0 and no open run; the others change nothing, and none opens a debugger",
  async run(context) {
    const signals = [
      ...ENDS.slice(0, context.count(ENDS.length, 2)),
      ...GOES_ON.slice(0, context.count(GOES_ON.length, 2)),
    ];
    for (const signal of signals) {
      const goesOn = GOES_ON.includes(signal);
      context.record(await signalServer(context, signal, goesOn));
      context.record(await signalLoop(context, signal, goesOn));
    }
  },
  evaluate(observations) {
    const isMet = (one: Outcome): boolean =>
      one.status === 0 &&
      one.unfinished === 0 &&
      !one.opensDebugger &&
      one.goesOn === GOES_ON.includes(one.signal);
    const broken = observations.filter((one) => !isMet(one)).map((one) => `${one.signal} to ${one.process}`);
    const number = new Set(observations.map((one) => one.signal)).size;
    return {
      summary: `${number} signals to ${observations.length} processes: ${broken.length} wrong${broken.length > 0 ? `, such as ${broken[0]}` : ""}`,
      isMet: observations.length > 0 && broken.length === 0,
    };
  },
});

async function signalServer(
  context: CaseContext<Outcome>,
  signal: NodeJS.Signals,
  expectsMore: boolean,
): Promise<Outcome> {
  const dir = context.newSocketPath();
  const daemon = await startServing(context, dir);
  const client = new RawSpoolClient(dir);
  await client.reply(client.render("TXT 1 1 a"), 30_000);
  const goesOn = await sendSignal(daemon, signal, expectsMore, async () => {
    const { header } = await client.reply(client.render("TXT 1 1 b"), 30_000);
    return header.status === "ok";
  });
  const status = await (goesOn ? daemon.kill("SIGTERM") : daemon.exited);
  const opensDebugger = daemon.stderr.includes("Debugger listening");
  return { process: "gvpie-daemon", signal, goesOn, status, unfinished: 0, opensDebugger };
}

async function signalLoop(
  context: CaseContext<Outcome>,
  signal: NodeJS.Signals,
  expectsMore: boolean,
): Promise<Outcome> {
  using fixture = await createFilledFixture(8);
  const args = ["--db", fixture.path, "--cartridges", fixture.folder, "--interval", "0", "--save", "always"];
  const loop = startLoop(context, args);
  await loop.waitForLine("ok ");
  const goesOn = await sendSignal(loop, signal, expectsMore, async () => {
    const before = loop.lines.length;
    await waitUntil(() => !loop.isRunning || loop.lines.length > before + 8, { timeoutMs: 30_000 });
    return loop.isRunning;
  });
  const status = await (goesOn ? loop.kill("SIGTERM") : loop.exited);
  const unfinished = readRows(fixture, "SELECT id FROM improvement_runs WHERE finished_at IS NULL").length;
  const opensDebugger = loop.stderr.includes("Debugger listening");
  return { process: "zero-human-daemon", signal, goesOn, status, unfinished, opensDebugger };
}

/** Sends a signal; true if the process works afterwards. A process that the signal stops is continued. */
async function sendSignal(
  target: TestProcess,
  signal: NodeJS.Signals,
  expectsMore: boolean,
  works: () => Promise<boolean>,
): Promise<boolean> {
  target.signal(signal);
  if (STOPS.has(signal)) target.signal("SIGCONT");
  if (!expectsMore) {
    await target.exited;
    return false;
  }
  return Promise.race([works(), target.exited.then(() => false)]);
}
