import { verifyCartridge, type DrawingRecord, type Verification } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { defineCommand, type Command } from "../command.ts";
import { inputName, readPng } from "../input.ts";
import { print, printJson } from "../output.ts";
import { formatTable } from "../table.ts";
import { joined, line, type TerminalText } from "../terminal-text.ts";

/** Maximum number of program lines shown; `--json` contains all. */
const MAX_PROGRAM_LINES = 40;

export const inspect: Command = defineCommand({
  usage: "<png|->",
  positionals: [1, 1],
  details: "Exits with 0 for every readable PNG. Use verify to check that the picture matches the program.",
  options: { json: { type: "boolean", help: "print everything as JSON" } },
  async run({ json }, [path = ""]) {
    const bytes = readPng(path);
    const result = await verifyCartridge(bytes, { render: renderProgram });
    const file = inputName(path);
    if (json) {
      printJson(describe(file, bytes.length, result));
    } else {
      print(summarize(file, bytes.length, result));
    }
  },
});

/** Every value, under its key in the file. A missing value is null, so that the set of keys is fixed. */
function describe(
  file: string,
  bytes: number,
  { frame, metadata, status, explanation }: Verification,
): unknown {
  const record = metadata?.gvpie;
  return {
    file,
    bytes,
    width: frame.width,
    height: frame.height,
    status,
    explanation,
    cartridge_type: metadata?.cartridgeType ?? null,
    checksum: metadata?.checksum ?? null,
    created_at: metadata?.createdAt?.toISOString() ?? null,
    Software: metadata?.software ?? null,
    gvpie: record === undefined ? null : { ...record, program: record.program ?? null },
  };
}

function summarize(
  file: string,
  bytes: number,
  { frame, metadata, status, explanation }: Verification,
): TerminalText {
  const rows = [
    ["file", file],
    ["picture", `${frame.width}×${frame.height}, ${bytes} bytes`],
    ["status", `${status}: ${explanation}`],
    ["checksum", metadata?.checksum ?? "none"],
    ["created", metadata?.createdAt?.toISOString() ?? "unknown"],
    ["software", metadata?.software ?? "unknown"],
  ];
  const record = metadata?.gvpie;
  if (record !== undefined) {
    rows.push(["engine", record.engine ?? "unknown"], ["background", record.background]);
    for (const [name, value] of Object.entries(record.params)) rows.push([`param ${name}`, String(value)]);
  }
  const table = formatTable(rows);
  return record === undefined ? table : line`${table}\n${programOf(record)}`;
}

function programOf({ program, programSha256, language }: DrawingRecord): TerminalText {
  if (program === undefined) {
    return line`program: too long to be stored; SHA-256 ${programSha256 ?? "unknown"}\n`;
  }
  const lines = program.replace(/\n$/, "").split("\n", MAX_PROGRAM_LINES + 1);
  const cut = lines.length > MAX_PROGRAM_LINES ? line`  …\n` : "";
  const shown = lines.slice(0, MAX_PROGRAM_LINES).map((text) => line`  ${text.slice(0, 200)}\n`);
  return line`program, language ${language}:\n${joined(shown)}${cut}`;
}
