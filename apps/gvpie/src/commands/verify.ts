import { adapterLabel } from "@gvpie/app-common";
import { CartridgeError, verifyCartridge, type Render } from "@gvpie/cartridge";
import { openBackends, type Backend } from "../backends.ts";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { printable } from "../printable.ts";
import { styleFor, type Style } from "../style.ts";
import { formatTable } from "../table.ts";

/** What a backend found: a status of `verifyCartridge`, or that it could not draw. */
interface Verdict {
  readonly backend: string;
  readonly adapter: string;
  /** True for software that does a graphics card's work. */
  readonly fallback: boolean;
  readonly status: string;
  readonly explanation: string;
}

interface Finding {
  readonly file: string;
  /** `verified` where every backend says so; else the first that says otherwise. */
  readonly status: string;
  readonly explanation: string;
  /** Why it is unreadable. */
  readonly code?: string;
  /** What each backend says; none of a file that is unreadable. */
  readonly backends: readonly Verdict[];
}

export const verify: Command = defineCommand({
  usage: "<png|->...",
  positionals: [1, Infinity],
  details: [
    "Draws each cartridge's program again and compares every pixel. Exits with 0 only if all are verified.",
    "It proves that picture and program belong together, not who made them.",
    "With --backend all, the CPU and every WebGPU adapter draw it, and each is named with what it found.",
  ].join("\n"),
  options: {
    backend: {
      type: "string",
      value: "name",
      help: "what draws",
      choices: ["cpu", "webgpu", "all"],
      default: "cpu",
    },
    adapter: {
      type: "string",
      value: "name",
      help: "WebGPU adapters, by a part of their names; hardware goes first",
    },
    json: { type: "boolean", help: "print the findings as JSON" },
  },
  async run({ backend, adapter, json }, paths) {
    if (backend === "cpu" && adapter !== undefined) {
      throw new UsageError("--adapter needs --backend webgpu or all");
    }
    const backends = await openBackends(backend as "cpu" | "webgpu" | "all", adapter);
    const style = styleFor("stdout");
    const findings: Finding[] = [];
    try {
      for (const path of paths) {
        const finding = await verifyFile(path, backends);
        findings.push(finding);
        if (!json) print(describe(finding, backend !== "cpu", style));
      }
    } finally {
      for (const { rasterizer } of backends) await rasterizer?.close();
    }
    if (json) printJson(findings);
    return findings.every(({ status }) => status === "verified") ? 0 : 1;
  },
});

function describe({ file, status, explanation, backends }: Finding, named: boolean, style: Style): string {
  const verified = status === "verified";
  const head = `${style(verified ? "green" : "red", status)} ${printable(file)}`;
  if (!named || backends.length === 0) {
    return `${head}${verified ? "" : `: ${printable(explanation)}`}\n`;
  }
  const rows = backends.map((verdict) => [
    `  ${verdict.backend}`,
    verdict.backend === "cpu" ? "" : printable(adapterLabel(verdict)),
    verdict.status,
    verdict.status === "verified" ? "" : printable(verdict.explanation),
  ]);
  return `${head}\n${formatTable(rows)}`;
}

async function verifyFile(path: string, backends: readonly Backend[]): Promise<Finding> {
  const file = inputName(path);
  try {
    const png = readPng(path);
    const verdicts: Verdict[] = [];
    for (const backend of backends) verdicts.push(await judge(png, backend));
    const { status = "verified", explanation = "" } =
      verdicts.find((verdict) => verdict.status !== "verified") ?? verdicts[0] ?? {};
    return { file, status, explanation, backends: verdicts };
  } catch (error) {
    if (!(error instanceof CartridgeError || error instanceof CommandError)) throw error;
    return { file, status: "unreadable", explanation: error.message, code: error.code, backends: [] };
  }
}

async function judge(png: Uint8Array, { info, rasterizer, failure }: Backend): Promise<Verdict> {
  const { backend, adapter, fallback } = info;
  const who = { backend, adapter, fallback };
  if (rasterizer === undefined) return { ...who, status: "backend-failed", explanation: failure ?? "" };
  const render: Render = (program, request) => rasterizer.render(program, request);
  const { status, explanation, cause } = await verifyCartridge(png, { render });
  // That a backend breaks down says nothing about the cartridge.
  const isBroken = cause instanceof Error && "code" in cause && cause.code === "RASTER_BACKEND";
  return { ...who, status: isBroken ? "backend-failed" : status, explanation };
}
