import { createTemporaryDirectory, type ExitStatus } from "@gvpie/testing";
import { type CaseContext, defineCase } from "../harness/fault-case.ts";
import { startDaemon, startLoop } from "../harness/servers.ts";

interface Start {
  readonly process: string;
  readonly limit: number;
  readonly status: ExitStatus;
  /** True if the message names the limit, or Node could not load the program. */
  readonly isClear: boolean;
  readonly isUncaught: boolean;
}

const BACKENDS = ["auto", "cpu", "webgpu"] as const;
const LEAST = 64;
/** Below this limit Node cannot load the program from its sources. */
const LEAST_FOR_NODE = 28;

export const noDescriptorsAtStart = defineCase<Start>({
  number: 42,
  fault: "the limit of open files is low from the start (`ulimit -n 28` to `64`)",
  required:
    "an error names the limit that is needed, or the daemon serves: no uncaught error, with every backend",
  async run(context) {
    const step = context.count(1, 12);
    for (let limit = LEAST_FOR_NODE; limit <= LEAST; limit += step) {
      for (const backend of BACKENDS) context.record(await startServer(context, limit, backend));
      context.record(await startScripts(context, limit));
    }
  },
  evaluate(observations) {
    const isMet = (one: Start): boolean =>
      !one.isUncaught && (one.limit < LEAST ? one.status === 78 && one.isClear : one.status === 0);
    const broken = observations.filter((one) => !isMet(one)).map((one) => `${one.process} with ${one.limit}`);
    return {
      summary: `${observations.length} starts: ${broken.length} without a clear error or service${broken.length > 0 ? `, such as ${broken[0]}` : ""}`,
      isMet: observations.length > 0 && broken.length === 0,
    };
  },
});

async function startServer(context: CaseContext, limit: number, backend: string): Promise<Start> {
  // With webgpu a daemon without an adapter does not serve.
  const served = backend === "webgpu" && limit >= LEAST ? "cpu" : backend;
  const daemon = startDaemon(context, ["--dir", context.newSocketPath(), "--backend", served], {
    wrapper: limited(limit),
  });
  await daemon.waitFor(() => !daemon.isRunning || daemon.stderr.includes("serving ")).catch(() => {});
  daemon.signal("SIGTERM");
  return toStart(`gvpie-daemon --backend ${served}`, limit, await daemon.exited, daemon.stderr);
}

async function startScripts(context: CaseContext, limit: number): Promise<Start> {
  const directory = createTemporaryDirectory({ prefix: "gvpie-faults-" });
  context.defer(() => directory[Symbol.dispose]());
  const args = ["--db", directory.join("daemon.db"), "--cartridges", directory.join("cartridges")];
  const loop = startLoop(context, args, { wrapper: limited(limit) });
  await loop.waitFor(() => loop.stderr.includes("running the scripts")).catch(() => {});
  loop.signal("SIGTERM");
  return toStart("zero-human-daemon", limit, await loop.exited, loop.stderr);
}

function limited(limit: number): string[] {
  return ["sh", "-c", `ulimit -n ${limit}; exec "$0" "$@"`];
}

function toStart(process: string, limit: number, status: ExitStatus, stderr: string): Start {
  const isClear = stderr.includes(`expected a limit of at least ${LEAST} open files, got ${limit}`);
  return { process, limit, status, isClear, isUncaught: stderr.includes("    at ") };
}
