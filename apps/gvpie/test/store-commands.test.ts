import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { encodeCartridge } from "@gvpie/cartridge";
import { openStore } from "@gvpie/daemon/store";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";
import { gvpieSession } from "./support/session.ts";

/** Returns a directory with a new database at the default path. */
async function directoryWithStore(): Promise<string> {
  const cwd = temporaryDirectory();
  const store = await openStore({ path: join(cwd, "db/daemon.db") });
  await store.close();
  return cwd;
}

/** Records one finished run of hello_gpu. */
async function recordRun(cwd: string, success: boolean): Promise<void> {
  const store = await openStore({ path: join(cwd, "db/daemon.db") });
  const terms = { intervalMs: 1000, leaseMs: 60_000 };
  const [claimed] = await store.claimScripts([1], terms);
  await store.finishRuns(
    [
      {
        runId: claimed?.runId ?? 0,
        success,
        stdout: success ? "" : "printed\n",
        stderr: success ? "" : "FSOCK_NO_SERVER: no renderer\nsecond line \u001b[31m\n",
        durationMs: 12,
        backend: "cpu",
        cartridgePath: success ? "cartridges/hello_gpu_1_1.png" : undefined,
      },
    ],
    terms,
  );
  await store.close();
}

describe("gvpie db", () => {
  test("init creates a database with hello_gpu, and leaves an existing one unchanged", async () => {
    const cwd = temporaryDirectory();
    const [created, again, listed] = await gvpieSession(
      [
        ["db", "init"],
        ["db", "init"],
        ["scripts", "list", "--json"],
      ],
      { cwd },
    );
    expect(created).toMatchObject({ status: 0, stderr: "created db/daemon.db\n" });
    expect(again).toMatchObject({ status: 0, stderr: "db/daemon.db is up to date\n" });
    expect(JSON.parse(listed?.stdout ?? "")).toMatchObject([
      { name: "hello_gpu", lang: "gvpie", enabled: true, runCount: 0 },
    ]);
  });

  test("schema prints the tables that other tools use", async () => {
    const { status, stdout } = await gvpie(["db", "schema"]);
    expect(status).toBe(0);
    expect(stdout).toContain("CREATE TABLE improvement_scripts (");
    expect(stdout).toContain("CREATE TABLE improvement_runs (");
  });

  test.each([
    ["a file that is not a database", "notes.txt", "hello\n".repeat(1000)],
    ["a directory", "folder", undefined],
  ])("refuses %s", async (_name, path, content) => {
    const cwd = temporaryDirectory();
    if (content === undefined) {
      mkdirSync(join(cwd, path));
    } else {
      writeFileSync(join(cwd, path), content);
    }
    const { status, stdout, stderr } = await gvpie(["db", "init", "--db", path], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^gvpie db init: .+\n$/);
  });
});

describe("gvpie scripts", () => {
  test("adds, lists, shows, enables, disables and removes a script", async () => {
    const cwd = await directoryWithStore();
    writeFileSync(join(cwd, "panel.pxl"), "RECT 0 0 4 4\n");
    const results = await gvpieSession(
      [
        ["add", "panel", "panel.pxl", "--width", "32", "--interval", "5"],
        ["show", "panel"],
        ["show", "panel", "--json"],
        ["disable", "panel"],
        ["list"],
        ["enable", "panel"],
        ["remove", "panel"],
        ["list"],
      ].map((args) => ["scripts", ...args]),
      { cwd },
    );
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 0));
    const [added, shown, json = "", disabled, listed, enabled, removed, left] = results.map(
      ({ stdout, stderr }) => stdout + stderr,
    );
    expect(added).toBe("added panel, a pixel script\n");
    expect(shown).toBe("RECT 0 0 4 4\n");
    expect(JSON.parse(json)).toMatchObject({
      name: "panel",
      lang: "pixel",
      code: "RECT 0 0 4 4\n",
      enabled: true,
      options: { width: 32, intervalMs: 5000 },
    });
    expect(disabled).toBe("disabled panel\n");
    expect(listed).toMatch(
      /^NAME +LANGUAGE +STATE .*\nhello_gpu +gvpie +waiting .*\npanel +pixel +disabled /,
    );
    expect(enabled).toBe("enabled panel\n");
    expect(removed).toBe("removed panel and the records of 0 runs\n");
    expect(left).not.toContain("panel");
  });

  test("stores the parameters of a script", async () => {
    const cwd = await directoryWithStore();
    const input = "PARAM size 4\nPARAM name x\nRECT 0 0 {size} 4\nTXT 9 0 {name}\n";
    const args = ["scripts", "add", "panel", "-", "--param", "size=9", "--param", "name=a=b"];
    expect(await gvpie(args, { cwd, input })).toMatchObject({ status: 0 });
    const { stdout } = await gvpie(["scripts", "show", "panel", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ options: { params: { size: "9", name: "a=b" } } });
  });

  test("does not add a program that fails with its options", async () => {
    const cwd = await directoryWithStore();
    writeFileSync(join(cwd, "panel.pxl"), "PARAM size 4\nRECT 0 0 {size} 4\n");
    const cases = [
      {
        args: ["--param", "size=x"],
        status: 1,
        says: 'panel.pxl:2:10: error: expected an integer, got "x" in size',
      },
      {
        args: ["--param", "sise=1"],
        status: 1,
        says: 'expected the name of a parameter of the program, got "sise"',
      },
      { args: ["--param", "size"], status: 2, says: "--param: expected name=value" },
      {
        args: ["--param", "size=1", "--lang", "python"],
        status: 2,
        says: "--param: expected a pixel program",
      },
      { args: ["--width", "4294967295"], status: 1, says: "limits.pixels" },
    ];
    const results = await gvpieSession(
      [...cases.map(({ args }) => ["scripts", "add", "panel", "panel.pxl", ...args]), ["scripts", "list"]],
      { cwd },
    );
    for (const [i, { status, says }] of cases.entries()) {
      expect(results[i]).toMatchObject({ status, stderr: expect.stringContaining(says) });
    }
    expect(results.at(-1)?.stdout).not.toContain("panel");
  });

  test("derives the language from the file", async () => {
    const cwd = await directoryWithStore();
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
    writeFileSync(join(cwd, "x.png"), png);
    writeFileSync(join(cwd, "x.py"), "print('#!pxl')\n");
    await gvpie(["scripts", "add", "piped", "-", "--lang", "gvpie"], { cwd, input: "HALT\n" });
    const [, , listed, shown] = await gvpieSession(
      [
        ["scripts", "add", "picture", "x.png"],
        ["scripts", "add", "snake", "x.py", "--disabled"],
        ["scripts", "list", "--json"],
        ["scripts", "show", "picture"],
      ],
      { cwd },
    );
    expect(JSON.parse(listed?.stdout ?? "")).toMatchObject([
      { name: "hello_gpu" },
      { name: "piped", lang: "gvpie" },
      { name: "picture", lang: "cartridge" },
      { name: "snake", lang: "python", enabled: false },
    ]);
    expect(shown).toMatchObject({ stdout: `${join(cwd, "x.png")}\n` });
  });

  test("refuses wrong scripts, names and options", async () => {
    const cwd = await directoryWithStore();
    writeFileSync(join(cwd, "bad.pxl"), "FOO\n");
    writeFileSync(join(cwd, "good.pxl"), "HALT\n");
    const cases: readonly (readonly [args: string[], status: number, says: string])[] = [
      [["add", "x", "bad.pxl"], 1, "bad.pxl:1:1: error:"],
      [["add", "hello_gpu", "good.pxl"], 1, "hello_gpu"],
      [["add", "", "good.pxl"], 1, "name"],
      [["add", "x", "good.pxl", "--lang", "perl"], 2, "--lang: expected"],
      [["add", "x", "good.pxl", "--width", "0"], 2, "--width: expected"],
      [["add", "x"], 2, "expected <name> <file|->"],
      [["disable", "nope"], 1, "nope"],
      [["list", "--db", "no.db"], 1, "gvpie db init"],
    ];
    const commands = [...cases.map(([args]) => args), ["list", "--json"]];
    const results = await gvpieSession(
      commands.map((args) => ["scripts", ...args]),
      { cwd },
    );
    for (const [i, [args, status, says]] of cases.entries()) {
      expect({ args, ...results[i] }).toMatchObject({
        args,
        status,
        stdout: "",
        stderr: expect.stringContaining(says),
      });
      expect(results[i]?.stderr).not.toContain("    at ");
    }
    expect(existsSync(join(cwd, "no.db"))).toBe(false);
    expect(JSON.parse(results.at(-1)?.stdout ?? "")).toHaveLength(1);
  });

  test("stores any name, and escapes it in output", async () => {
    const cwd = await directoryWithStore();
    const name = "../../etc/\u001b[2Jx\u202e";
    expect(await gvpie(["scripts", "add", name, "-"], { cwd, input: "HALT\n" })).toMatchObject({ status: 0 });
    const { stdout } = await gvpie(["scripts", "list"], { cwd });
    expect(stdout).toContain("../../etc/␛[2Jx\\u{202e}");
    expect(await gvpie(["scripts", "remove", name], { cwd })).toMatchObject({ status: 0 });
  });
});

describe("gvpie runs", () => {
  test("lists no runs of a new database", async () => {
    const cwd = await directoryWithStore();
    const results = await gvpieSession(
      [
        ["runs", "list"],
        ["runs", "list", "--json"],
        ["runs", "show", "1"],
        ["runs", "show", "one"],
      ],
      { cwd },
    );
    expect(results).toMatchObject([
      { status: 0, stdout: "", stderr: "no runs\n" },
      { status: 0, stdout: "[]\n" },
      { status: 1, stderr: expect.stringContaining("no run 1") },
      { status: 2 },
    ]);
  });

  test("lists the newest run first, and shows its output", async () => {
    const cwd = await directoryWithStore();
    await recordRun(cwd, true);
    await recordRun(cwd, false);
    const [listed, limited, shown] = await gvpieSession(
      [
        ["runs", "list"],
        ["runs", "list", "--json", "--limit", "1", "--script", "hello_gpu"],
        ["runs", "show", "2"],
      ],
      { cwd },
    );
    const [, second = "", first = ""] = listed?.stdout.split("\n") ?? [];
    expect(second).toMatch(/^2 +hello_gpu +gvpie +failed +\S+Z +12 ms +FSOCK_NO_SERVER: no renderer$/);
    expect(first).toMatch(/^1 +hello_gpu +gvpie +ok +\S+Z +12 ms +cartridges\/hello_gpu_1_1\.png$/);
    expect(JSON.parse(limited?.stdout ?? "")).toMatchObject([{ id: 2, success: false, durationMs: 12 }]);
    expect(shown?.stdout).toContain(
      "\nstdout:\n  printed\n\nstderr:\n  FSOCK_NO_SERVER: no renderer\n  second line ␛[31m\n",
    );
  });
});

describe("a database that another program wrote", () => {
  const IDS = ["-3", "0", "9007199254740991", "9007199254740993", "9223372036854775807"];

  function otherProgram(cwd: string, sql: string): void {
    const database = new DatabaseSync(join(cwd, "db/daemon.db"));
    database.exec(sql);
    database.close();
  }

  test("scripts and runs with ids beyond the range of a number are listed with all digits, and refused with a reason", async () => {
    const cwd = await directoryWithStore();
    for (const id of IDS) {
      otherProgram(
        cwd,
        `INSERT INTO improvement_scripts (id, name, lang, code) VALUES (${id}, 'n${id}', 'pixel', 'HALT')`,
      );
      otherProgram(
        cwd,
        `INSERT INTO improvement_runs (id, script_id, started_at) VALUES (${id}, ${id}, 'then')`,
      );
    }
    const wrong = ["9223372036854775808", "1e3", "x"];
    const [listed, json, ...shown] = await gvpieSession(
      [
        ["scripts", "list"],
        ["runs", "list", "--json"],
        ...[...IDS, ...wrong].map((id) => ["runs", "show", "--", id]),
      ],
      { cwd },
    );
    expect(listed?.stdout).toMatch(/n9007199254740993 +pixel +refused/);
    expect(listed?.stdout).toMatch(/n9007199254740991 +pixel +waiting/);
    expect(listed?.stderr).toMatch(
      /warning: n9007199254740993 never runs: id: expected .* got 9007199254740993\n/,
    );
    expect([...(json?.stdout ?? "").matchAll(/"id": (-?\d+)/g)].map(([, id]) => id)).toEqual(
      IDS.toReversed(),
    );
    expect(shown).toMatchObject([
      ...IDS.map((id) => ({ status: 0, stdout: expect.stringMatching(new RegExp(`^run +${id}\n`)) })),
      ...wrong.map(() => ({ status: 2 })),
    ]);
  });

  test("`enabled` as text is listed as the loop takes it", async () => {
    const cwd = await directoryWithStore();
    for (const value of ["true", "yes", "false", "1", "2"]) {
      otherProgram(
        cwd,
        `INSERT INTO improvement_scripts (name, lang, code, enabled) VALUES ('is ${value}', 'pixel', '', '${value}')`,
      );
    }
    const { stdout } = await gvpie(["scripts", "list"], { cwd });
    const states = stdout
      .split("\n")
      .flatMap((line) => /^is (\w+) .* (waiting|disabled) /.exec(line)?.slice(1) ?? []);
    expect(states).toEqual([
      "true",
      "disabled",
      "yes",
      "disabled",
      "false",
      "disabled",
      "1",
      "waiting",
      "2",
      "waiting",
    ]);
  });

  test("every run is listed, page by page, as a table and as JSON", async () => {
    const cwd = await directoryWithStore();
    otherProgram(
      cwd,
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 260)
       INSERT INTO improvement_runs (script_id, started_at, stdout) SELECT 1, 'then', 'one
two' FROM n`,
    );
    const limits = [49, 50, 51, 100, 1_000];
    const [table, ...lists] = await gvpieSession(
      [
        ["runs", "list", "--limit", "1000"],
        ...limits.map((limit) => ["runs", "list", "--limit", String(limit), "--json"]),
      ],
      { cwd },
    );
    expect(table?.stdout.trim().split("\n")).toHaveLength(261);
    for (const [i, limit] of limits.entries()) {
      const { stdout = "" } = lists[i] ?? {};
      const runs = JSON.parse(stdout) as { id: number; stdout: string }[];
      const ids = Array.from({ length: Math.min(limit, 260) }, (_, index) => 260 - index);
      expect(runs.map(({ id }) => id)).toEqual(ids);
      expect(stdout).toBe(`${JSON.stringify(runs, undefined, 2)}\n`);
    }
  });
});

test("a name without a script is an error that names the nearest one, in every command that takes a name", async () => {
  const cwd = await directoryWithStore();
  const results = await gvpieSession(
    [
      ["scripts", "show", "helo_gpu"],
      ["scripts", "enable", "helo_gpu"],
      ["scripts", "disable", "helo_gpu"],
      ["scripts", "remove", "helo_gpu"],
      ["runs", "list", "--script", "helo_gpu"],
    ],
    { cwd },
  );
  for (const result of results) {
    expect(result).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringContaining('there is no script named "helo_gpu"; did you mean "hello_gpu"?'),
    });
  }
});

describe("reading commands need no right to write", () => {
  const READS = [
    ["scripts", "list"],
    ["scripts", "show", "hello"],
    ["runs", "list"],
    ["runs", "show", "1"],
    ["doctor"],
  ];

  test("and do not migrate an old database", async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, "db"));
    const path = join(cwd, "db/daemon.db");
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE improvement_scripts (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, lang TEXT, code TEXT,
        enabled INTEGER DEFAULT 1, created_at TEXT, last_run_at TEXT, run_count INTEGER, success_count INTEGER);
      CREATE TABLE improvement_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, script_id INTEGER, started_at TEXT, finished_at TEXT,
        success INTEGER, stdout TEXT, stderr TEXT, duration_ms INTEGER);
      INSERT INTO improvement_scripts (name, lang, code) VALUES ('hello', 'pixel', 'TXT 1 1 old');
      INSERT INTO improvement_runs (script_id, started_at, success) VALUES (1, 'then', 1)`);
    database.close();
    const before = readFileSync(path);
    const results = await gvpieSession(READS, { cwd });
    for (const [i, args] of READS.entries()) {
      expect([args.join(" "), results[i]?.stdout]).toEqual([
        args.join(" "),
        expect.stringMatching(/hello|old|then|1 script, 1 enabled/),
      ]);
    }
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(join(cwd, "db"))).toEqual(["daemon.db"]);
  });
});
