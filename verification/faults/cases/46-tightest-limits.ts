import { existsSync, readFileSync, rmSync } from "node:fs";
import type { BackendName } from "@gvpie/capability";
import { createFileSocketClient, type FileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { formatCount, waitUntil } from "@gvpie/testing";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import { gpuEnvironment } from "../harness/capabilities.ts";
import { type CaseContext, defineCase, Unsupported } from "../harness/fault-case.ts";
import { Issuer, narrow } from "../harness/issuer.ts";
import {
  BACKEND_SETS,
  LIMIT_PAIRS,
  type LimitPair,
  SERVER_FLAGS,
  SLOT_COMMANDS,
} from "../harness/limit-pairs.ts";
import { startDaemon } from "../harness/servers.ts";

interface Pair {
  readonly server: string;
  readonly via: "spool" | "slot";
  readonly limit: string;
  readonly tighter: string;
  /** Backends that the capability allows. */
  readonly backends: string;
  /** The backend of the picture, or the code of the refusal. */
  readonly got: string;
  readonly expected: readonly string[];
  /** True for a picture, and for a refusal that names the tighter limit's owner. */
  readonly isExplained: boolean;
}

interface Missing {
  readonly missing: string;
}

type Mode = "cpu" | "auto" | "webgpu";

export const tightestLimits = defineCase<Pair | Missing>({
  number: 46,
  fault:
    "requests within and beyond each limit of server and capability, for each set of backends, on each backend, through spool and slot",
  required:
    "in each pair the tighter limit decides and is named, with its block if it is the capability's; no picture comes from a backend that is not allowed; the slot has the server's limits with `accept` and nothing with `require`",
  async run(context) {
    for (const mode of ["cpu", "auto", "webgpu"] as const) {
      let environment: NodeJS.ProcessEnv = {};
      try {
        if (mode === "webgpu") environment = gpuEnvironment();
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        context.record({ missing: error.message });
        continue;
      }
      if (mode === "auto" && !context.isFull) continue;
      await compare(context, mode, environment);
    }
    await useSlot(context, "require");
  },
  evaluate(observations, isFull) {
    const pairs = observations.filter((one) => "via" in one);
    const wrong = pairs.filter((one) => !one.expected.includes(one.got) || !one.isExplained);
    const servers = [...new Set(pairs.map((one) => one.server))];
    const missing = observations.flatMap((one) => ("missing" in one ? [one.missing] : []));
    const slot = pairs.filter((one) => one.via === "slot").length;
    const [first] = wrong;
    return {
      summary: [
        `${formatCount(pairs.length - slot)} pairs in the spool and ${slot} in the slot, on ${servers.join(", ")}: the tighter limit decided in all but ${wrong.length}`,
        ...missing.map((reason) => `not on webgpu: ${reason}`),
        ...(first === undefined ? [] : [`not as required: ${JSON.stringify(first)}`]),
      ].join("; "),
      isMet: wrong.length === 0 && pairs.length > 0 && slot > 0 && (!isFull || missing.length === 0),
    };
  },
});

async function compare(
  context: CaseContext<Pair>,
  mode: Mode,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const dir = context.newSocketPath();
  const issuer = await Issuer.create(context);
  const args = ["--dir", dir, "--backend", mode, ...SERVER_FLAGS, ...issuer.flags("accept")];
  const daemon = startDaemon(context, args, { environment });
  await daemon.waitForLine("serving ");
  if (mode === "auto") await daemon.waitForLine("rendering on cpu only");
  const root = await issuer.issue();
  for (const [set, backends] of BACKEND_SETS.entries()) {
    // The short form takes every other pair.
    for (const pair of LIMIT_PAIRS.filter((_, index) => context.isFull || (index + set) % 2 === 0)) {
      // The limits are in the second block, the backends in the third.
      const limited = await narrow(root, pair.own);
      const holder = await narrow(limited, backends === undefined ? {} : { backends });
      await using client = createFileSocketClient({
        dir,
        capability: { text: holder.text, key: holder.key },
      });
      context.record({ ...(await ask(client, pair, mode, backends)), server: mode });
    }
  }
  await askSlot(context, dir, mode, "accept");
  await daemon.kill("SIGTERM");
}

async function ask(
  client: FileSocketClient,
  pair: LimitPair,
  mode: Mode,
  backends: readonly BackendName[] | undefined,
): Promise<Omit<Pair, "server">> {
  const { code, frames, params, limit, tighter, expected } = pair;
  const usual = mode === "webgpu" ? "webgpu" : "cpu";
  const may = (backend: BackendName): boolean => backends?.includes(backend) ?? true;
  const renderer = may(usual) ? usual : mode === "webgpu" && may("cpu") ? "cpu" : undefined;
  let got: string;
  let message = "";
  try {
    const options = { params, timeoutMs: 30_000 };
    const reply =
      frames === "all" ? await client.renderFrames(code, options) : await client.render(code, options);
    got = reply.backend;
  } catch (error) {
    if (!(error instanceof FileSocketError)) throw error;
    got = error.replyCode ?? error.code;
    message = error.message;
  }
  // Of two refusals, either may come first.
  const refusals = [expected, ...(renderer === undefined ? ["CAP_LIMIT_BACKENDS"] : [])];
  const codes = refusals.filter((one) => one !== undefined);
  const block = got === "CAP_LIMIT_BACKENDS" ? 3 : 2;
  const named = got === "CAP_LIMIT_BACKENDS" ? "backends" : limit;
  const isExplained = got.startsWith("CAP_")
    ? message.includes(`(limit ${named} of block ${block})`)
    : !message.includes("of block");
  return {
    via: "spool",
    limit,
    tighter,
    backends: backends?.join(" ") ?? "all",
    got,
    expected: codes.length > 0 ? codes : [renderer ?? ""],
    isExplained,
  };
}

async function useSlot(context: CaseContext<Pair>, mode: "require"): Promise<void> {
  const dir = context.newSocketPath();
  const issuer = await Issuer.create(context);
  const daemon = startDaemon(context, ["--dir", dir, "--backend", "cpu", ...issuer.flags(mode)]);
  await daemon.waitForLine("serving ");
  await askSlot(context, dir, "cpu", mode);
  await daemon.kill("SIGTERM");
}

/** Slot commands carry no capability: they have the limits of the server, or are refused. */
async function askSlot(
  context: CaseContext<Pair>,
  dir: string,
  server: Mode,
  mode: "accept" | "require",
): Promise<void> {
  const slot = new OldSlotClient(dir);
  for (const { code, width, height, limit, expected } of SLOT_COMMANDS) {
    rmSync(slot.output, { force: true });
    rmSync(slot.error, { force: true });
    slot.writeProgram(code, width, height);
    const got = await waitUntil(() => {
      if (existsSync(slot.output)) return "picture";
      return existsSync(slot.error) && codeOf(readFileSync(slot.error, "utf8"));
    });
    const decided = mode === "require" ? "FSOCK_CAPABILITY_REQUIRED" : (expected ?? "picture");
    context.record({
      server: `${server} (${mode})`,
      via: "slot",
      limit,
      tighter: "server",
      backends: "all",
      got,
      expected: [decided],
      isExplained: true,
    });
  }
}

function codeOf(error: string): string {
  return String((JSON.parse(error) as { readonly code: unknown }).code);
}
