import {
  CartridgeError,
  type CartridgeMetadata,
  decodePng,
  type DisplayObstacle,
  type DrawingRecord,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { defineCommand, type Command } from "../command.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { formatTable } from "../table.ts";
import { joined, line, type TerminalText } from "../terminal-text.ts";

/** Maximum number of program lines shown; `--json` contains all. */
const MAX_PROGRAM_LINES = 40;

/** A readable PNG, with its verification on the CPU. */
interface Inspection {
  readonly file: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  readonly status: string;
  readonly explanation: string;
  readonly metadata: CartridgeMetadata | undefined;
  /** Chunks that can change the display; undefined if there is no verdict. */
  readonly obstacles: readonly DisplayObstacle[] | undefined;
}

export const inspect: Command = defineCommand({
  usage: "<png|->",
  positionals: [1, 1],
  examples: [
    ["gvpie inspect hello.png", "size, status, checksum, time and program"],
    ["gvpie inspect hello.png --json | jq -r .gvpie.program > again.pxl", "save the program of a cartridge"],
  ],
  exitCodes: [
    ["0", "The PNG is readable; use verify to check that the picture matches the program."],
    ["1", "It is not readable."],
    ["2", "Wrong usage."],
  ],
  seeAlso: ["verify", "canonicalize"],
  options: { json: { type: "boolean", help: "print everything as JSON" } },
  async run({ json }, [path = ""]) {
    const inspection = await inspectFile(path);
    if (json) {
      printJson(describe(inspection));
    } else {
      print(summarize(inspection));
    }
  },
});

async function inspectFile(path: string): Promise<Inspection> {
  const png = readPng(path);
  const source = { file: inputName(path), bytes: png.length };
  try {
    const { frame, metadata, status, explanation, obstacles } = await verifyCartridge(png, {
      render: renderProgram,
    });
    return { ...source, width: frame.width, height: frame.height, metadata, status, explanation, obstacles };
  } catch (error) {
    if (!(error instanceof CartridgeError) || error.code !== "CARTRIDGE_VERIFIER_LIMIT") throw error;
    // The file is readable; only its program needs more than the verifier allows.
    const { width, height } = await decodePng(png);
    const metadata = readCartridgeMetadata(png);
    const explanation = error.message;
    return {
      ...source,
      width,
      height,
      metadata,
      status: "verifier-limit",
      explanation,
      obstacles: undefined,
    };
  }
}

/** Every value, under its key in the file. A missing value is null, so that the set of keys is fixed. */
function describe({ metadata, obstacles, ...rest }: Inspection): unknown {
  const record = metadata?.gvpie;
  return {
    ...rest,
    obstacles: obstacles ?? null,
    cartridge_type: metadata?.cartridgeType ?? null,
    checksum: metadata?.checksum ?? null,
    created_at: metadata?.createdAt?.toISOString() ?? null,
    Software: metadata?.software ?? null,
    gvpie:
      record === undefined
        ? null
        : { ...record, program: record.program ?? null, animation: record.animation ?? null },
  };
}

function summarize({ metadata, obstacles, ...rest }: Inspection): TerminalText {
  const { file, bytes, width, height, status, explanation } = rest;
  const rows = [
    ["file", file],
    ["picture", `${width}×${height}, ${bytes} bytes`],
    ["status", `${status}: ${explanation}`],
  ];
  if (obstacles?.length === 0) rows.push(["display", "canonical: every viewer shows these pixels"]);
  for (const { chunk, offset, reason } of obstacles ?? []) {
    rows.push(["display", `${chunk} at byte ${offset}: ${reason}`]);
  }
  rows.push(
    ["checksum", metadata?.checksum ?? "none"],
    ["created", metadata?.createdAt?.toISOString() ?? "unknown"],
    ["software", metadata?.software ?? "unknown"],
  );
  const record = metadata?.gvpie;
  if (record !== undefined) {
    if (record.animation !== undefined) {
      rows.push(["animation", `${record.animation.frames} frames of ${record.animation.delayMs} ms`]);
    }
    rows.push(["engine", record.engine ?? "unknown"], ["background", record.background]);
    for (const [name, value] of Object.entries(record.params)) rows.push([`param ${name}`, String(value)]);
    for (const [name, value] of Object.entries(record.limits ?? {})) {
      rows.push([`needs ${name}`, String(value)]);
    }
  }
  const table = formatTable(rows);
  return record === undefined ? table : line`${table}\n${programOf(record)}`;
}

function programOf({ program, programSha256, language }: DrawingRecord): TerminalText {
  if (program === undefined) {
    return line`program, language ${language}: too long to be stored; SHA-256 ${programSha256 ?? "unknown"}\n`;
  }
  const lines = program.replace(/\n$/, "").split("\n", MAX_PROGRAM_LINES + 1);
  const cut = lines.length > MAX_PROGRAM_LINES ? line`  …\n` : "";
  const shown = lines.slice(0, MAX_PROGRAM_LINES).map((text) => line`  ${text.slice(0, 200)}\n`);
  return line`program, language ${language}:\n${joined(shown)}${cut}`;
}
