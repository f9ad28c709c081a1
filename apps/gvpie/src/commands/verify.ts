import { adapterLabel } from "@gvpie/app-common";
import {
  CartridgeError,
  type Difference,
  type DisplayObstacle,
  type NeededLimits,
  readCartridgeMetadata,
  type Relation,
  type Render,
  type Verification,
  verifyCartridge,
} from "@gvpie/cartridge";
import { openBackends, type Backend } from "../backends.ts";
import { PARAM_OPTION } from "../canvas-options.ts";
import { defineCommand, type Command } from "../command.ts";
import { CommandError, UsageError } from "../errors.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { isRasterError } from "../raster-error.ts";
import { styleFor, type Style, type StyleName } from "../style.ts";
import { formatTable } from "../table.ts";
import { line, type TerminalText } from "../terminal-text.ts";
import { readRequest, type VerifyRequest } from "../verify-request.ts";

const PASSED = 0;
const REFUSED = 1;
/** 2 is wrong usage. */
const UNDECIDED = 3;

/** Exit codes by status. Every other status is a verdict against the file. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  verified: PASSED,
  "matches-program": PASSED,
  "needs-newer-language": UNDECIDED,
  "verifier-limit": UNDECIDED,
  "backend-failed": UNDECIDED,
};
const COLORS: Readonly<Record<number, StyleName>> = {
  [PASSED]: "green",
  [REFUSED]: "red",
  [UNDECIDED]: "yellow",
};
/** The first of them that a file has decides for all files. */
const WORST_FIRST = [REFUSED, UNDECIDED, PASSED] as const;

interface Result {
  /**
   * A status of `verifyCartridge`; `matches-program` for a picture without a program that the given one draws exactly;
   * `verifier-limit`, `backend-failed` or `unreadable`.
   */
  readonly status: string;
  readonly explanation: string;
  /** The code of the error, if there is no verdict. */
  readonly code?: string | undefined;
  readonly difference: Difference | null;
  readonly relation: Relation | null;
  /** The frame of an animation that `difference` and `relation` are about; null if there is no verdict. */
  readonly frame: number | null;
  readonly obstacles: readonly DisplayObstacle[];
  readonly remarks: readonly DisplayObstacle[];
}

/** The result of one backend. */
interface BackendResult extends Result {
  readonly backend: string;
  readonly adapter: string;
  /** True if the adapter is software. */
  readonly fallback: boolean;
}

/** The worst result of all backends. */
interface FileResult extends Result {
  readonly file: string;
  /** The limits that the file records, if its program needs more than the defaults. */
  readonly limits: NeededLimits | null;
  /** Empty if the file is unreadable. */
  readonly backends: readonly BackendResult[];
}

const NOTHING = { difference: null, relation: null, frame: null, obstacles: [], remarks: [] } as const;

export const verify: Command = defineCommand({
  usage: "<png|->...",
  positionals: [1, Infinity],
  details: [
    "Renders each cartridge's program again and compares every pixel.",
    "This proves that picture and program belong together. It does not prove who made them.",
    "With --backend all, the CPU and every WebGPU adapter render the program, and the result of each is listed.",
  ].join("\n"),
  examples: [
    ["gvpie verify hello.png", "do picture and program belong together?"],
    ["gvpie verify pictures/*.png", "verify every cartridge of a folder"],
    ["gvpie verify sent.png --program hello.pxl", "a picture that a service has stripped of its program"],
    ["gvpie verify hello.png --json | jq -r '.[].status'", "the status, for a script"],
  ],
  exitCodes: [
    ["0", "Every file is verified."],
    ["1", "A file is refused or unreadable."],
    ["2", "Wrong usage."],
    [
      "3",
      "There is no verdict on a file: its language is newer, a limit was reached, or the renderer failed.",
    ],
  ],
  seeAlso: ["inspect", "canonicalize", "diff"],
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
    program: {
      type: "string",
      value: "file|-",
      help: "compare pictures that contain no program with this one",
    },
    width: { type: "string", value: "pixels", help: "canvas of --program; default that of the picture" },
    height: { type: "string", value: "pixels", help: "canvas of --program; default that of the picture" },
    background: { type: "string", value: "color", help: "background of --program; default #000000ff" },
    param: PARAM_OPTION,
    limit: {
      type: "string",
      multiple: true,
      value: "name=value",
      help: "change a limit of the renderer, such as fuel=5000000",
    },
    json: { type: "boolean", help: "print the results as JSON" },
  },
  async run(values, paths) {
    const { backend, adapter, json } = values;
    if (backend === "cpu" && adapter !== undefined) {
      throw new UsageError("--adapter needs --backend webgpu or all");
    }
    const request = readRequest(values, paths);
    const backends = await openOrFail(backend as "cpu" | "webgpu" | "all", adapter);
    const style = styleFor("stdout");
    const results: FileResult[] = [];
    // A single file gives nothing to count, and the common case starts without the code.
    using progress = paths.length > 1 ? (await import("../progress.ts")).startProgress() : undefined;
    try {
      for (const path of paths) {
        const result = await verifyFile(path, backends, request);
        results.push(result);
        if (!json) print(describe(result, backend !== "cpu", style));
        progress?.update({ label: "verifying", done: results.length, total: paths.length, unit: "files" });
      }
    } finally {
      for (const { rasterizer } of backends) await rasterizer?.close();
    }
    if (json) printJson(results);
    return exitCodeOf(worstOf(results)?.status ?? "verified");
  },
});

function exitCodeOf(status: string): number {
  return EXIT_CODES[status] ?? REFUSED;
}

function worstOf<R extends Result>(results: readonly R[]): R | undefined {
  return WORST_FIRST.map((code) => results.find(({ status }) => exitCodeOf(status) === code)).find(
    (result) => result !== undefined,
  );
}

/** Opens the backends. A missing adapter is a backend that fails, because it says nothing about the files. */
async function openOrFail(
  backend: "cpu" | "webgpu" | "all",
  adapter: string | undefined,
): Promise<readonly Backend[]> {
  try {
    return await openBackends(backend, adapter);
  } catch (error) {
    if (!isRasterError(error)) throw error;
    const info = { backend: "webgpu", adapter: adapter ?? "none", fallback: false } as const;
    return [{ info, rasterizer: undefined, failure: error.message }];
  }
}

function describe(result: FileResult, listsBackends: boolean, style: Style): TerminalText {
  const { file, status, backends } = result;
  const head = line`${style(COLORS[exitCodeOf(status)] ?? "red", status)} ${file}`;
  if (!listsBackends || backends.length === 0) return line`${head}${suffixOf(result)}\n`;
  const rows = backends.map((entry) => [
    `  ${entry.backend}`,
    entry.backend === "cpu" ? "" : adapterLabel(entry),
    entry.status,
    suffixOf(entry).replace(/^: /, ""),
  ]);
  return line`${head}\n${formatTable(rows)}`;
}

/** Returns the explanation; none for a verified file that every viewer shows in the same shades. */
function suffixOf({ status, remarks, explanation }: Result): string {
  return status === "verified" && remarks.length === 0 ? "" : `: ${explanation}`;
}

async function verifyFile(
  path: string,
  backends: readonly Backend[],
  request: VerifyRequest,
): Promise<FileResult> {
  const file = inputName(path);
  try {
    const png = readPng(path);
    const results: BackendResult[] = [];
    for (const backend of backends) results.push(await verifyOn(png, backend, request));
    const { backend: _, adapter: __, fallback: ___, ...worst } = worstOf(results) as BackendResult;
    return { file, ...worst, limits: recordedLimits(png), backends: results };
  } catch (error) {
    if (!(error instanceof CartridgeError || error instanceof CommandError)) throw error;
    const { code, message: explanation } = error;
    return { file, status: "unreadable", explanation, code, ...NOTHING, limits: null, backends: [] };
  }
}

async function verifyOn(png: Uint8Array, backend: Backend, request: VerifyRequest): Promise<BackendResult> {
  const { info, rasterizer, failure } = backend;
  const source = { backend: info.backend, adapter: info.adapter, fallback: info.fallback };
  if (rasterizer === undefined) {
    return { ...source, status: "backend-failed", explanation: failure ?? "", ...NOTHING };
  }
  const render: Render = (program, options) => rasterizer.render(program, options);
  try {
    return { ...source, ...resultOf(await verifyCartridge(png, { render, ...request }), request) };
  } catch (error) {
    if (!(error instanceof CartridgeError)) throw error;
    const { code, message } = error;
    if (code === "CARTRIDGE_VERIFIER_LIMIT") {
      const explanation = message + remedyFor(error, recordedLimits(png));
      return { ...source, status: "verifier-limit", explanation, code, ...NOTHING };
    }
    if (code !== "CARTRIDGE_RENDER_FAILED") throw error;
    return { ...source, status: "backend-failed", explanation: message, code, ...NOTHING };
  }
}

function resultOf(verification: Verification, { program }: VerifyRequest): Result {
  const { status, explanation, metadata, difference, relation, frameNumber, obstacles, remarks } =
    verification;
  const isWithoutProgram = status === "stripped" || status === "no-program";
  const matches = isWithoutProgram && relation?.kind === "equal" && obstacles.length === 0;
  const own = metadata?.gvpie?.program;
  const isIgnored = program !== undefined && !isWithoutProgram && own !== undefined && own !== program;
  return {
    status: matches ? "matches-program" : status,
    explanation: isIgnored
      ? `${explanation} --program was not used: the file contains another program.`
      : explanation,
    difference: difference ?? null,
    relation: relation ?? null,
    frame: frameNumber,
    obstacles,
    remarks,
  };
}

function recordedLimits(png: Uint8Array): NeededLimits | null {
  try {
    return readCartridgeMetadata(png).gvpie?.limits ?? null;
  } catch {
    // Not a cartridge, or an unreadable one.
    return null;
  }
}

/** Returns the option of this command that raises the limit of an error: to the recorded value, if there is one. */
function remedyFor({ message }: CartridgeError, recorded: NeededLimits | null): string {
  const name = /renderLimits\.(\w+)/.exec(message)?.[1];
  return name === undefined ? "" : `. Here that is --limit ${name}=${recorded?.[name] ?? "<value>"}`;
}
