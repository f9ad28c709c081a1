import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { createWorkspace, workspaceWith } from "./support/workspace.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const CAN_MOUNT = spawnSync("unshare", ["-m", "true"]).status === 0;
const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;

describe("zero-human-daemon", () => {
  test("--help and --version", async () => {
    const workspace = createWorkspace();
    const [help, version] = await Promise.all([workspace.run("--help"), workspace.run("--version")]);
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(README).toContain(`\`\`\`text\n${help.stdout}\`\`\``);
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(readdirSync(workspace.cwd)).toEqual([]);
  });

  test.each([
    [["--save", "never"], "--save"],
    [["--interval", "soon"], "Expected a duration from 0s to 365d, such as 500ms, 30s, 15m, 1h, 7d or 4w"],
    [["--interval", "366d"], "--interval"],
    [["--interval", "-1"], "--interval"],
    [["--concurrency", "0"], "--concurrency"],
    [["--db", ""], "Expected a path"],
    [["hello"], "too many arguments"],
  ])("%j is wrong usage", async (args, says) => {
    const workspace = createWorkspace();
    const { status, stdout, stderr } = await workspace.run(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(readdirSync(workspace.cwd)).toEqual([]);
  });
});

describe("--once", () => {
  test("a new database runs hello_gpu through the renderer", async () => {
    const workspace = createWorkspace();
    await workspace.startRenderer();
    const { status, stdout } = await workspace.run("--once");
    expect(stdout).toMatch(/^ok +hello_gpu +gvpie +\d+ ms {2}cartridges\/hello_gpu_\d+_1\.png\n$/);
    expect(status).toBe(0);
    const [file = ""] = readdirSync(join(workspace.cwd, "cartridges"));
    const verified = await verifyCartridge(readFileSync(join(workspace.cwd, "cartridges", file)), {
      render: (program, options) => renderProgram(program, options),
    });
    expect(verified.status).toBe("verified");
    expect(await workspace.allRuns()).toMatchObject([
      { id: 1, scriptName: "hello_gpu", success: true, cartridgePath: `cartridges/${file}`, backend: "cpu" },
    ]);
  });

  test("saves the same picture once, or with --save always for every run", async () => {
    const workspace = await workspaceWith(BOX);
    const first = await workspace.run("--once");
    const second = await workspace.run("--once");
    const path = /cartridges\/\S+/.exec(first.stdout)?.[0];
    expect(second.stdout).toContain(`${path} (unchanged)`);
    expect(readdirSync(join(workspace.cwd, "cartridges"))).toHaveLength(1);
    await workspace.run("--once", "--save", "always", "--cartridges", "cartridges");
    expect(readdirSync(join(workspace.cwd, "cartridges"))).toHaveLength(2);
    expect(await workspace.allRuns()).toHaveLength(3);
  });

  test("runs every enabled script, and exits with 1 if one fails", async () => {
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
    const workspace = await workspaceWith(
      BOX,
      { name: "wrong", lang: "pixel", code: "TXT 1 1 a\nFOO 1\n" },
      { name: "snake", lang: "python", code: "print('#!pxl')" },
      {
        name: "picture",
        lang: "cartridge",
        code: `data:image/png;base64,${Buffer.from(png).toString("base64")}`,
      },
      { name: "lost", lang: "cartridge", code: "no/such.png" },
      { name: "asleep", lang: "pixel", code: "HALT", enabled: false },
    );
    const { status, stdout } = await workspace.run("--once");
    expect(status).toBe(1);
    const results = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/).slice(0, 3).join(" "));
    expect(results.sort()).toEqual([
      "failed lost cartridge",
      "failed snake python",
      "failed wrong pixel",
      "ok box pixel",
      "ok picture cartridge",
    ]);
    expect(stdout).toContain("PXL_UNKNOWN_OPCODE: line 2, column 1: ");
    expect(stdout).toContain("PYTHON_DISABLED: ");
  });

  test("--python runs a python script in its sandbox, or reports what the sandbox lacks", async () => {
    const workspace = await workspaceWith({ name: "snake", lang: "python", code: "print('#!pxl')" });
    const { status, stdout } = await workspace.run("--once", "--python");
    const ran = /^ok {2,}snake +python +\d+ ms {2}cartridges\/snake_\d+_1\.png\n$/;
    const asRoot = process.getuid?.() === 0;
    const reason = asRoot ? "PYTHON_AS_ROOT" : "PYTHON_(?:NO_SANDBOX|NO_LIMITS|MISSING)";
    const refused = new RegExp(`^failed {2}snake +python +\\d+ ms {2}${reason}: `);
    expect(stdout).toMatch(status === 0 ? ran : refused);
  });

  test("--log-format json prints each run as an object", async () => {
    const workspace = await workspaceWith(BOX, { name: "wrong", lang: "pixel", code: "FOO" });
    const { stdout, stderr } = await workspace.run("--once", "--log-format", "json", "--concurrency", "1");
    const runs = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .sort((a, b) => Number(a["run"]) - Number(b["run"]));
    expect(runs).toMatchObject([
      {
        run: 1,
        script: "box",
        lang: "pixel",
        success: true,
        isNewCartridge: true,
        backend: "cpu",
        error: null,
      },
      { run: 2, script: "wrong", lang: "pixel", success: false, cartridge: null },
    ]);
    expect(runs[1]?.["error"]).toContain("PXL_UNKNOWN_OPCODE");
    for (const line of stderr.trimEnd().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
    }
  });

  test("applies script options, and escapes script names", async () => {
    const workspace = await workspaceWith(
      { ...BOX, name: "../../etc/passwd", options: { width: 8, height: 4 } },
      { ...BOX, name: `a\u001b[2J\u202e${"x".repeat(300)}` },
    );
    const { status, stdout } = await workspace.run("--once");
    expect(status).toBe(0);
    // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    const files = readdirSync(join(workspace.cwd, "cartridges"));
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toMatch(/^[\w-]+\.png$/);
    expect(readdirSync(workspace.cwd).sort()).toEqual(["cartridges", "db"]);
  });

  test("exits with 0 if no script is enabled", async () => {
    const { status, stdout, stderr } = await (await workspaceWith()).run("--once");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toContain("no script is enabled");
  });
});

describe("refuses paths that it cannot use, and leaves them unchanged", () => {
  test("a text file as the database", async () => {
    const workspace = createWorkspace();
    const notes = "dear diary\n".repeat(500);
    writeFileSync(join(workspace.cwd, "notes.txt"), notes);
    const { status, stderr } = await workspace.run("--once", "--db", "notes.txt");
    expect(status).toBe(78);
    expect(stderr).toMatch(/FATAL: .*notes\.txt/);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(workspace.cwd, "notes.txt"), "utf8")).toBe(notes);
  });

  test("a database of another program", async () => {
    const workspace = createWorkspace();
    const path = join(workspace.cwd, "theirs.db");
    const theirs = new Database(path);
    theirs.exec("CREATE TABLE customers (id INTEGER PRIMARY KEY); INSERT INTO customers VALUES (7)");
    theirs.close();
    const before = readFileSync(path);
    const { status } = await workspace.run("--once", "--db", "theirs.db");
    expect(status).toBe(78);
    expect(readFileSync(path)).toEqual(before);
  });

  test.each([["--once"], []])(
    "a database that another process has locked, with arguments %j",
    async (...args) => {
      const workspace = await workspaceWith(BOX);
      const holder = new Database(join(workspace.cwd, "db/daemon.db"));
      onTestFinished(() => {
        holder.close();
      });
      holder.exec("BEGIN EXCLUSIVE");
      const { status, stdout, stderr } = await workspace.run(...args);
      expect(stderr).toMatch(
        /^\[[\d: -]+\] FATAL: .*another process holds the database; close it, or wait .*\n$/,
      );
      expect({ status, stdout }).toEqual({ status: 75, stdout: "" });
      holder.exec("ROLLBACK");
      expect(await workspace.run("--once")).toMatchObject({ status: 0 });
    },
  );

  test.skipIf(!CAN_MOUNT)(
    "a full disk, for which exit code 75 makes a supervisor try again",
    { timeout: 60_000 },
    async () => {
      const workspace = createWorkspace();
      mkdirSync(join(workspace.cwd, "full"));
      for (const kilobytes of [4, 40, 80, 100, 120]) {
        const mount = `mount -t tmpfs -o size=${kilobytes}k none full && exec "$0" "$@"`;
        const wrapper = ["unshare", "-m", "sh", "-c", mount];
        const { status, stderr } = await workspace.runWrapped(wrapper, "--once", "--db", "full/daemon.db");
        expect({ kilobytes, status, stderr }).toEqual({
          kilobytes,
          status: 75,
          stderr: expect.stringMatching(/FATAL: .*the disk is full; free some space/),
        });
      }
    },
  );

  test("a cartridge folder that is a file", async () => {
    const workspace = await workspaceWith(BOX);
    writeFileSync(join(workspace.cwd, "cartridges"), "");
    const { status, stderr } = await workspace.run("--once");
    expect(status).not.toBe(0);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(workspace.cwd, "cartridges"), "utf8")).toBe("");
  });

  test("a folder below a file", async () => {
    const workspace = createWorkspace();
    mkdirSync(join(workspace.cwd, "a"));
    writeFileSync(join(workspace.cwd, "a/b"), "");
    const { status, stderr } = await workspace.run("--once", "--db", "a/b/daemon.db");
    expect(status).toBe(78);
    expect(stderr).not.toContain("    at ");
  });
});

test("other tools can read and write its database", async () => {
  const workspace = await workspaceWith(BOX);
  await workspace.run("--once");
  const script = [
    "import sqlite3, sys",
    "db = sqlite3.connect(sys.argv[1])",
    "db.execute(\"INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('old', 'pixel', 'HALT', 1)\")",
    "db.commit()",
    "print(db.execute('SELECT name, run_count, success_count FROM improvement_scripts ORDER BY id').fetchall())",
  ].join("\n");
  const printed = execFileSync("python3", ["-c", script, join(workspace.cwd, "db/daemon.db")], {
    encoding: "utf8",
  });
  expect(printed).toBe("[('box', 1, 1), ('old', 0, 0)]\n");
  expect((await workspace.run("--once")).stdout).toMatch(/^ok +old /m);
});
