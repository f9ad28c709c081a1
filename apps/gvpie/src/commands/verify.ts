import { adapterLabel } from "@gvpie/app-common";
import { CartridgeError, verifyCartridge, type Render } from "@gvpie/cartridge";
import { openBackends, type Backend } from "../backends.ts";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { styleFor, type Style } from "../style.ts";
import { formatTable } from "../table.ts";
import { line, type TerminalText } from "../terminal-text.ts";

/** The result of one backend: a status of `verifyCartridge`, or `backend-failed`. */
interface BackendResult {
  readonly backend: string;
  readonly adapter: string;
  /** True if the adapter is software. */
  readonly fallback: boolean;
  readonly status: string;
  readonly explanation: string;
}

interface FileResult {
  readonly file: string;
  /** `verified` if every backend reports that; otherwise the first other status. */
  readonly status: string;
  readonly explanation: string;
  /** The error code of an unreadable file. */
  readonly code?: string;
  /** Empty if the file is unreadable. */
  readonly backends: readonly BackendResult[];
}

export const verify: Command = defineCommand({
  usage: "<png|->...",
  positionals: [1, Infinity],
  details: [
    "Renders each cartridge's program again and compares every pixel. Exits with 0 only if all cartridges are verified.",
    "This proves that picture and program belong together. It does not prove who made them.",
    "With --backend all, the CPU and every WebGPU adapter render the program, and the result of each is listed.",
  ].join("\n"),
  options: {
    backend: {
      type: "string",
      value: "name",
      help: "backend to render with",
      choices: ["cpu", "webgpu", "all"],
      default: "cpu",
    },
    adapter: {
      type: "string",
      value: "name",
      help: "use WebGPU adapters whose name contains <name>; hardware is preferred",
    },
    json: { type: "boolean", help: "print the results as JSON" },
  },
  async run({ backend, adapter, json }, paths) {
    if (backend === "cpu" && adapter !== undefined) {
      throw new UsageError("--adapter needs --backend webgpu or all");
    }
    const backends = await openBackends(backend as "cpu" | "webgpu" | "all", adapter);
    const style = styleFor("stdout");
    const results: FileResult[] = [];
    try {
      for (const path of paths) {
        const result = await verifyFile(path, backends);
        results.push(result);
        if (!json) print(describe(result, backend !== "cpu", style));
      }
    } finally {
      for (const { rasterizer } of backends) await rasterizer?.close();
    }
    if (json) printJson(results);
    return results.every(({ status }) => status === "verified") ? 0 : 1;
  },
});

function describe(
  { file, status, explanation, backends }: FileResult,
  listsBackends: boolean,
  style: Style,
): TerminalText {
  const verified = status === "verified";
  const head = line`${style(verified ? "green" : "red", status)} ${file}`;
  if (!listsBackends || backends.length === 0) {
    return line`${head}${verified ? "" : `: ${explanation}`}\n`;
  }
  const rows = backends.map((entry) => [
    `  ${entry.backend}`,
    entry.backend === "cpu" ? "" : adapterLabel(entry),
    entry.status,
    entry.status === "verified" ? "" : entry.explanation,
  ]);
  return line`${head}\n${formatTable(rows)}`;
}

async function verifyFile(path: string, backends: readonly Backend[]): Promise<FileResult> {
  const file = inputName(path);
  try {
    const png = readPng(path);
    const backendResults: BackendResult[] = [];
    for (const backend of backends) backendResults.push(await verifyOn(png, backend));
    const { status = "verified", explanation = "" } =
      backendResults.find((entry) => entry.status !== "verified") ?? backendResults[0] ?? {};
    return { file, status, explanation, backends: backendResults };
  } catch (error) {
    if (!(error instanceof CartridgeError || error instanceof CommandError)) throw error;
    return { file, status: "unreadable", explanation: error.message, code: error.code, backends: [] };
  }
}

async function verifyOn(png: Uint8Array, { info, rasterizer, failure }: Backend): Promise<BackendResult> {
  const { backend, adapter, fallback } = info;
  const source = { backend, adapter, fallback };
  if (rasterizer === undefined) return { ...source, status: "backend-failed", explanation: failure ?? "" };
  const render: Render = (program, request) => rasterizer.render(program, request);
  const { status, explanation, cause } = await verifyCartridge(png, { render });
  // A failure of the backend says nothing about the cartridge.
  const isBroken = cause instanceof Error && "code" in cause && cause.code === "RASTER_BACKEND";
  return { ...source, status: isBroken ? "backend-failed" : status, explanation };
}
