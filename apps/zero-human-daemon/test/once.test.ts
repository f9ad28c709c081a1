import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { serve } from "../../gvpie-daemon/test/daemon.ts";
import { allRuns, makePlace, placeWith } from "./loop.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;

describe("zero-human-daemon", () => {
  test("--help and --version", async () => {
    const place = makePlace();
    const [help, version] = await Promise.all([place.run("--help"), place.run("--version")]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(README).toContain(`\`\`\`text\n${help.stdout}\`\`\``);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(readdirSync(place.cwd)).toEqual([]);
  });

  test.each([
    [["--save", "never"], "--save"],
    [["--interval", "soon"], "--interval"],
    [["--interval", "-1"], "--interval"],
    [["--concurrency", "0"], "--concurrency"],
    [["--db", ""], "Expected a path"],
    [["hello"], "too many arguments"],
  ])("%j is wrong usage", async (args, says) => {
    const place = makePlace();
    const { code, stdout, stderr } = await place.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
    expect(readdirSync(place.cwd)).toEqual([]);
  });
});

describe("--once", () => {
  test("a new database: hello_gpu through the renderer", async () => {
    const place = makePlace();
    await serve(place.shared);
    const { code, stdout } = await place.run("--once");
    expect(stdout).toMatch(/^ok +hello_gpu +gvpie +\d+ ms {2}cartridges\/hello_gpu_\d+_1\.png\n$/);
    expect(code).toBe(0);
    const [file = ""] = readdirSync(join(place.cwd, "cartridges"));
    const verified = await verifyCartridge(readFileSync(join(place.cwd, "cartridges", file)), {
      render: (program, options) => renderProgram(program, options),
    });
    expect(verified.status).toBe("verified");
    expect(await allRuns(place)).toMatchObject([
      { id: 1, scriptName: "hello_gpu", success: true, cartridgePath: `cartridges/${file}`, backend: "cpu" },
    ]);
  });

  test("the same picture is saved once, or with --save always each time", async () => {
    const place = await placeWith(BOX);
    const first = await place.run("--once");
    const second = await place.run("--once");
    const path = /cartridges\/\S+/.exec(first.stdout)?.[0];
    expect(second.stdout).toContain(`${path} (unchanged)`);
    expect(readdirSync(join(place.cwd, "cartridges"))).toHaveLength(1);
    await place.run("--once", "--save", "always", "--cartridges", "cartridges");
    expect(readdirSync(join(place.cwd, "cartridges"))).toHaveLength(2);
    expect(await allRuns(place)).toHaveLength(3);
  });

  test("every enabled script runs, and one failure is exit code 1", async () => {
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT" });
    const place = await placeWith(
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
    const { code, stdout } = await place.run("--once");
    expect(code).toBe(1);
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

  test("with --python a python script runs in its sandbox, or says what is missing for that", async () => {
    const place = await placeWith({ name: "snake", lang: "python", code: "print('#!pxl')" });
    const { code, stdout } = await place.run("--once", "--python");
    const ran = /^ok {2,}snake +python +\d+ ms {2}cartridges\/snake_\d+_1\.png\n$/;
    const asRoot = process.getuid?.() === 0;
    const reason = asRoot ? "PYTHON_AS_ROOT" : "PYTHON_(?:NO_SANDBOX|NO_LIMITS|MISSING)";
    const refused = new RegExp(`^failed {2}snake +python +\\d+ ms {2}${reason}: `);
    expect(stdout).toMatch(code === 0 ? ran : refused);
  });

  test("runs as JSON", async () => {
    const place = await placeWith(BOX, { name: "wrong", lang: "pixel", code: "FOO" });
    const { stdout, stderr } = await place.run("--once", "--log-format", "json", "--concurrency", "1");
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
    for (const line of stderr.trimEnd().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
  });

  test("script options and names of every kind", async () => {
    const place = await placeWith(
      { ...BOX, name: "../../etc/passwd", options: { width: 8, height: 4 } },
      { ...BOX, name: `a\u001b[2J\u202e${"x".repeat(300)}` },
    );
    const { code, stdout } = await place.run("--once");
    expect(code).toBe(0);
    // oxlint-disable-next-line no-control-regex -- control characters are what it is after
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    const files = readdirSync(join(place.cwd, "cartridges"));
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toMatch(/^[\w-]+\.png$/);
    expect(readdirSync(place.cwd).sort()).toEqual(["cartridges", "db"]);
  });

  test("nothing enabled is no failure", async () => {
    const { code, stdout, stderr } = await (await placeWith()).run("--once");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("no script is enabled");
  });
});

describe("what cannot be used is refused and left as it was", () => {
  test("a file that is no database", async () => {
    const place = makePlace();
    const notes = "dear diary\n".repeat(500);
    writeFileSync(join(place.cwd, "notes.txt"), notes);
    const { code, stderr } = await place.run("--once", "--db", "notes.txt");
    expect(code).toBe(78);
    expect(stderr).toMatch(/FATAL: .*notes\.txt/);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(place.cwd, "notes.txt"), "utf8")).toBe(notes);
  });

  test("somebody else's database", async () => {
    const place = makePlace();
    const path = join(place.cwd, "theirs.db");
    const theirs = new Database(path);
    theirs.exec("CREATE TABLE customers (id INTEGER PRIMARY KEY); INSERT INTO customers VALUES (7)");
    theirs.close();
    const before = readFileSync(path);
    const { code } = await place.run("--once", "--db", "theirs.db");
    expect(code).toBe(78);
    expect(readFileSync(path)).toEqual(before);
  });

  test.each([["--once"], []])("a database that another process has locked, with %j", async (...args) => {
    const place = await placeWith(BOX);
    const holder = new Database(join(place.cwd, "db/daemon.db"));
    onTestFinished(() => {
      holder.close();
    });
    holder.exec("BEGIN EXCLUSIVE");
    const { code, stdout, stderr } = await place.run(...args);
    expect(stderr).toMatch(
      /^\[[\d:]+\] FATAL: .*another process holds the database; close it, or wait .*\n$/,
    );
    expect({ code, stdout }).toEqual({ code: 75, stdout: "" });
    holder.exec("ROLLBACK");
    expect(await place.run("--once")).toMatchObject({ code: 0 });
  });

  test("a cartridge folder that is a file", async () => {
    const place = await placeWith(BOX);
    writeFileSync(join(place.cwd, "cartridges"), "");
    const { code, stderr } = await place.run("--once");
    expect(code).not.toBe(0);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(place.cwd, "cartridges"), "utf8")).toBe("");
  });

  test("a folder below a file", async () => {
    const place = makePlace();
    mkdirSync(join(place.cwd, "a"));
    writeFileSync(join(place.cwd, "a/b"), "");
    const { code, stderr } = await place.run("--once", "--db", "a/b/daemon.db");
    expect(code).toBe(78);
    expect(stderr).not.toContain("    at ");
  });
});

test("its database is what other tools expect", async () => {
  const place = await placeWith(BOX);
  await place.run("--once");
  const script = [
    "import sqlite3, sys",
    "db = sqlite3.connect(sys.argv[1])",
    "db.execute(\"INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('old', 'pixel', 'HALT', 1)\")",
    "db.commit()",
    "print(db.execute('SELECT name, run_count, success_count FROM improvement_scripts ORDER BY id').fetchall())",
  ].join("\n");
  const printed = execFileSync("python3", ["-c", script, join(place.cwd, "db/daemon.db")], {
    encoding: "utf8",
  });
  expect(printed).toBe("[('box', 1, 1), ('old', 0, 0)]\n");
  expect((await place.run("--once")).stdout).toMatch(/^ok +old /m);
});
