import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCartridge } from "@gvpie/cartridge";
import { openStore } from "@gvpie/daemon/store";
import { renderProgram } from "@gvpie/raster-cpu";
import { bareEnvironment } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { cellWidth } from "../src/cells.ts";
import { formatTable } from "../src/table.ts";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

/** ESC, CSI in 7 and 8 bits, OSC, bidi, zero-width, tags, separators, CR, BS, DEL, and a line of its own. */
const HOSTILE =
  "a\u001b[31mb\u009b31mc\u001b]0;t\u0007d\u202ee\u2066f\u200bg\u{e0041}h\u2028i\rj\bk\u007fl\u00adm\ufeffn\nSPOOF";
/** Everything that may move, colour, reorder or hide text. */
const UNSAFE =
  /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/u;

/** A program may contain no controls, but these. */
const COMMENT = "# a\u202eb\u200bc\u{e0041}\nHALT\n";

/** A directory with hostile file names, programs, cartridges and a database with hostile columns. */
let cwd: string;

beforeAll(async () => {
  // Removed with the file, because every test reads it.
  cwd = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1", params: {} });
  const files: Record<string, string | Uint8Array> = {
    [HOSTILE]: "HALT\n",
    [`${HOSTILE}.bad`]: `FOO ${HOSTILE}\nTXT 1 1 a${HOSTILE}\nJMP ${HOSTILE}\n`,
    [`${HOSTILE}.warns`]: "RECT 1000 0 1 1\n",
    [`${HOSTILE}.latin1`]: Buffer.from("TXT 0 0 \u00e9\n", "latin1"),
    [`${HOSTILE}.png`]: png,
    "comment.pxl": COMMENT,
    "messy.pxl": "halt   \n",
    "good.pxl": "HALT\n",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  const path = join(cwd, "db/daemon.db");
  const store = await openStore({ path });
  await store.addScript({ name: HOSTILE, lang: "python", code: `# ${HOSTILE}\n` });
  await store.close();
  const db = new Database(path);
  db.pragma("ignore_check_constraints = ON");
  db.prepare("UPDATE improvement_scripts SET created_at = ?, last_run_at = ?").run(HOSTILE, HOSTILE);
  db.prepare(
    "INSERT INTO improvement_runs (id, script_id, started_at, finished_at, success, stdout, stderr, backend, cartridge_path)" +
      " VALUES (1, 2, ?, ?, 0, ?, ?, ?, NULL), (2, 2, ?, ?, 1, ?, ?, ?, ?)",
  ).run(...Array.from({ length: 11 }, () => HOSTILE));
  // Never runs, so the list warns of it.
  db.prepare("INSERT INTO improvement_scripts (name, lang, code) VALUES (?, ?, '')").run(
    `l${HOSTILE}`,
    HOSTILE,
  );
  db.close();
  return () => execFileSync("rm", ["-r", cwd]);
});

const COMMANDS: readonly (readonly string[])[] = [
  [HOSTILE],
  ["help", HOSTILE],
  ["scripts", HOSTILE],
  ["render", `--${HOSTILE}`],
  ["render", HOSTILE, "--backend", HOSTILE],
  ["render", HOSTILE, "--width", HOSTILE],
  ["render", HOSTILE, "--background", HOSTILE],
  ["render", HOSTILE, "--param", HOSTILE],
  ["render", HOSTILE, "--param", `${HOSTILE}=1`],
  ["render", HOSTILE, "-o", `out${HOSTILE}`],
  ["render", HOSTILE, "-o", `json${HOSTILE}`, "--json"],
  ["render", HOSTILE, "-o", `no/such/${HOSTILE}`],
  ["render", `${HOSTILE}.bad`],
  ["render", `${HOSTILE}.bad`, "--json"],
  ["render", `${HOSTILE}.warns`, "-o", `warns${HOSTILE}`],
  ["render", `${HOSTILE}.latin1`],
  ["render", `missing${HOSTILE}`],
  ["check", HOSTILE, `${HOSTILE}.bad`, `${HOSTILE}.warns`],
  ["check", HOSTILE, `${HOSTILE}.bad`, "--json"],
  ["format", `${HOSTILE}.bad`],
  ["format", "--check", HOSTILE, "messy.pxl"],
  ["format", "--write", HOSTILE],
  ["inspect", `${HOSTILE}.png`],
  ["inspect", `${HOSTILE}.png`, "--json"],
  ["inspect", HOSTILE],
  ["verify", `${HOSTILE}.png`, HOSTILE, `missing${HOSTILE}`],
  ["verify", `${HOSTILE}.png`, HOSTILE, "--json"],
  ["canonicalize", `${HOSTILE}.png`, "-o", `canonical${HOSTILE}`],
  ["canonicalize", HOSTILE, "-o", `canonical${HOSTILE}`],
  ["doctor", "--dir", HOSTILE, "--db", `${HOSTILE}.bad`],
  ["doctor", "--dir", `no${HOSTILE}`, "--db", `no${HOSTILE}`, "--json"],
  ["show", `missing${HOSTILE}`],
  ["debug", `${HOSTILE}.bad`],
  ["db", "init", "--db", `missing/${HOSTILE}`],
  ["scripts", "list"],
  ["scripts", "list", "--json"],
  ["scripts", "show", HOSTILE, "--json"],
  ["scripts", "show", `no${HOSTILE}`],
  ["scripts", "disable", HOSTILE],
  ["scripts", "enable", HOSTILE],
  ["scripts", "add", `x${HOSTILE}`, "good.pxl"],
  ["scripts", "remove", `x${HOSTILE}`],
  ["scripts", "versions", HOSTILE],
  ["scripts", "export"],
  ["scripts", "pause", HOSTILE, `no${HOSTILE}`],
  ["scripts", "run", HOSTILE],
  ["scripts", "apply", `${HOSTILE}.bad`],
  ["status", "--dir", HOSTILE],
  ["status", "--dir", `no${HOSTILE}`, "--json"],
  ["status", "--db", `no${HOSTILE}`],
  ["runs", "list"],
  ["runs", "list", "--json"],
  ["runs", "list", "--script", `no${HOSTILE}`],
  ["runs", "show", "1"],
  ["runs", "show", "2"],
  ["runs", "show", "1", "--json"],
  ["runs", "show", HOSTILE],
];

describe("no command prints raw control, bidi or invisible characters of names, columns or options", () => {
  test.each(
    COMMANDS.map((args) => ({
      title: args.map((arg) => arg.replaceAll(HOSTILE, "⟨hostile⟩")).join(" "),
      args,
    })),
  )("gvpie $title", async ({ args }) => {
    const { stdout, stderr } = await gvpie(args, { cwd, input: "" });
    expect(stdout + stderr).not.toMatch(UNSAFE);
    // A line feed in a name does not begin a line.
    expect(stdout + stderr).not.toMatch(/^SPOOF/m);
    if (args.includes("--json")) JSON.parse(stdout);
  });
});

describe("source text", () => {
  test("is data on a pipe, byte for byte, and visible on a terminal", async () => {
    expect(await gvpie(["format", "comment.pxl"], { cwd })).toMatchObject({ stdout: COMMENT });
    expect(await gvpie(["scripts", "show", HOSTILE], { cwd })).toMatchObject({ stdout: `# ${HOSTILE}\n` });
    expect(onTerminal("format comment.pxl")).not.toMatch(/(?!\r\n)(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(onTerminal(`scripts show '${HOSTILE}'`)).not.toMatch(/(?!\r\n)(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(onTerminal("format comment.pxl")).toContain("# a\\u{202e}b\\u{200b}c\\u{e0041}\r\nHALT\r\n");
    expect(onTerminal(`scripts show '${HOSTILE}'`)).toContain("a␛[31mb\\u{9b}31m");
  });

  test("in JSON has the same value", async () => {
    const { stdout } = await gvpie(["scripts", "show", HOSTILE, "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ name: HOSTILE, code: `# ${HOSTILE}\n` });
    expect(stdout).toContain("\\u009b31m");
    expect(stdout).toContain("\\udb40\\udc41");
  });
});

test("an error that was not expected prints its stack with controls visible", async () => {
  const preload = join(temporaryDirectory(), "throw.mjs");
  writeFileSync(preload, 'Array.prototype.sort = () => { throw new Error("boom\\u001b[2J\\u009b"); };');
  const env = { NODE_OPTIONS: `--import=${preload}` };
  const { status, stderr } = await gvpie(["check", "good.pxl"], { cwd, env });
  expect(status).toBe(1);
  expect(stderr).toContain("boom␛[2J\\u{9b}\n    at ");
});

test("a table has straight columns with wide, zero-width and escaped characters", () => {
  const rows = ["plain", "日本語", "e\u0301t\u0301", "😀", "❤️", "a\u200bb", "\u001b[1m"].map((name) => [
    name,
    "|",
  ]);
  const columns = formatTable(rows)
    .text.trimEnd()
    .split("\n")
    .map((row) => cellWidth(row));
  expect(new Set(columns).size).toBe(1);
});

/** Runs a command on a pseudo-terminal; returns its output. */
function onTerminal(args: string): string {
  const directory = temporaryDirectory();
  const script = join(directory, "run.sh");
  writeFileSync(script, `exec ${SHELL_COMMAND} ${args}\n`);
  return execFileSync("script", ["-qec", `sh ${script}`, "/dev/null"], {
    cwd,
    encoding: "utf8",
    env: bareEnvironment({ TERM: "xterm-256color" }),
  });
}
