import { encodeCartridge } from "@gvpie/cartridge";
import { openStore, type NewScript, type ScriptStore } from "@gvpie/daemon/store";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import Database from "better-sqlite3";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { explain } from "../src/explain.ts";
import { differenceOf, type Difference } from "../src/script-file/difference.ts";
import { readScriptFile } from "../src/script-file/read.ts";
import { toEntry } from "../src/script-file/write.ts";
import { allScripts } from "../src/store.ts";
import { gvpie } from "./support/gvpie.ts";

let cwd: string;

beforeEach(() => {
  cwd = temporaryDirectory();
});

async function newStore(): Promise<ScriptStore> {
  const store = await openStore({ path: join(cwd, "db/daemon.db"), synchronous: "normal" });
  onTestFinished(() => store.close());
  return store;
}

function fileOf(scripts: unknown, name = "scripts.json"): string {
  const path = join(cwd, name);
  writeFileSync(path, JSON.stringify({ version: 1, scripts }));
  return path;
}

async function difference(store: ScriptStore, path: string, prune = false): Promise<Difference> {
  const { scripts, problems } = readScriptFile(path);
  expect(problems).toEqual([]);
  const present = { summaries: await allScripts(store), getScript: (name: string) => store.getScript(name) };
  return differenceOf(scripts, present, prune);
}

const textOf = ({ lines }: Difference): string[] => lines.map(({ text }) => text);

const ALL: readonly NewScript[] = [
  {
    name: "all options",
    lang: "pixel",
    code: "PARAM a 1\nPARAM b 2\nRECT 0 0 {a} {b}\n",
    options: {
      width: 64,
      height: 32,
      background: "#123456",
      intervalMs: 1_500,
      missed: "skip",
      timeoutMs: 90_000,
      retries: 2,
      params: { b: 7, a: "9" },
    },
  },
  { name: "cron", lang: "gvpie", code: "HALT\n", options: { cron: "0 6 * * *", timeZone: "Europe/Berlin" } },
  { name: "off", lang: "python", code: "print('\u202e')\r\n\u2028", enabled: false },
  { name: "../\u001b[2J \u{1f600} __proto__", lang: "pixel", code: "" },
];

describe("export and apply", () => {
  test("an export of rows by other programs leaves out what no file can have, and applies", async () => {
    const store = await newStore();
    const database = new Database(store.path);
    database.exec(`INSERT INTO improvement_scripts (name, lang, code) VALUES
      (x'ff6f', 'pixel', 'HALT'), (x'62', 'pixel', 'HALT'), ('b', 'pixel', 'HALT'), ('nul' || char(0), 'pixel', 'HALT'),
      (hex(zeroblob(2000)), 'pixel', 'HALT'), ('huge', 'pixel', zeroblob(5000000)), ('back', 'pixel', 'HALT');
      INSERT INTO script_options (script_id, background)
        SELECT id, 'red' FROM improvement_scripts WHERE name = 'back'`);
    database.close();
    const exported = await gvpie(["scripts", "export"], { cwd });
    expect(exported.stderr.match(/^warning: .{0,20}/gm)).toHaveLength(3);
    const file = fileOf(JSON.parse(exported.stdout).scripts);
    expect(await difference(store, file)).toMatchObject({ lines: [] });
    expect((await gvpie(["scripts", "export", "back"], { cwd })).stderr).toMatch(/background: expected/);
  });

  test("applying an export changes nothing, and makes an empty store equal", async () => {
    const store = await newStore();
    for (const script of ALL) await store.addScript(script);
    await store.setPaused("cron", true);
    const exported = await gvpie(["scripts", "export"], { cwd });
    expect(exported).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(join(cwd, "scripts.json"), exported.stdout);
    expect(await difference(store, join(cwd, "scripts.json"), true)).toMatchObject({
      edits: [],
      unchanged: 5,
      others: 0,
    });

    await using copy = await openStore({ path: join(cwd, "copy.db"), synchronous: "normal" });
    await copy.editScripts((await difference(copy, join(cwd, "scripts.json"))).edits);
    const entries = async (one: ScriptStore): Promise<object[]> =>
      Promise.all(ALL.map(async ({ name }) => toEntry(await one.getScript(name))));
    expect(await entries(copy)).toEqual(await entries(store));
    expect(await entries(copy)).toContainEqual(expect.objectContaining({ name: "cron", paused: true }));
  });

  test("the format is stable: fields with their defaults are left out, scripts are in the order of their names", async () => {
    const store = await newStore();
    for (const script of ALL) await store.addScript(script);
    const { stdout } = await gvpie(["scripts", "export", "hello_gpu", "all options"], { cwd });
    expect(stdout).toBe(
      `${JSON.stringify(
        {
          version: 1,
          scripts: [
            {
              name: "all options",
              lang: "pixel",
              interval: "1500ms",
              missed: "skip",
              timeout: "90s",
              retries: 2,
              width: 64,
              height: 32,
              background: "#123456",
              params: { a: "9", b: 7 },
              code: ALL[0]?.code,
            },
            { name: "hello_gpu", lang: "gvpie", code: "TXT 10 10 Hello GPU\nHALT" },
          ],
        },
        undefined,
        2,
      )}\n`,
    );
  });
});

describe("the difference", () => {
  test("says what is added, changed and removed; applying it twice changes nothing more", async () => {
    const store = await newStore();
    await store.addScript({ name: "clock", lang: "pixel", code: "HALT\n", options: { intervalMs: 60_000 } });
    const path = fileOf([
      { name: "new", lang: "pixel", code: "HALT\n", interval: "30s", paused: true },
      { name: "clock", lang: "pixel", code: "RECT 0 0 1 1\n", enabled: false, width: 9, paused: true },
    ]);
    const found = await difference(store, path, true);
    expect(textOf(found)).toEqual([
      "- hello_gpu: with the records of its runs, 0 so far",
      "+ new: pixel, 5 bytes, paused, interval 30s",
      "~ clock: code is 13 bytes, was 5 bytes; state is disabled, was enabled; width is 9, was none; interval is none, was 1m; paused",
    ]);
    await store.editScripts(found.edits);
    expect((await allScripts(store)).map(({ name }) => name)).toEqual(["clock", "new"]);
    expect(await difference(store, path, true)).toMatchObject({ edits: [], unchanged: 2 });
  });

  test("`paused` that is left out stays as it is, and an equal script does not start again", async () => {
    const store = await newStore();
    await store.setPaused("hello_gpu", true);
    const same = { name: "hello_gpu", lang: "gvpie", code: "TXT 10 10 Hello GPU\nHALT" };
    expect((await difference(store, fileOf([same]))).edits).toEqual([]);
    const resumed = await difference(store, fileOf([{ ...same, paused: false }]));
    expect(textOf(resumed)).toEqual(["~ hello_gpu: resumed"]);
    await store.editScripts(resumed.edits);
    expect((await store.getScript("hello_gpu")).pausedAt).toBeUndefined();
  });

  test("parameters differ by their values, not by their order; a number is not its text", async () => {
    const store = await newStore();
    await store.addScript({
      name: "p",
      lang: "pixel",
      code: "PARAM a 1\nPARAM b 2\n",
      options: { params: { a: 1, b: "2" } },
    });
    const entry = { name: "p", lang: "pixel", code: "PARAM a 1\nPARAM b 2\n" };
    expect((await difference(store, fileOf([{ ...entry, params: { b: "2", a: 1 } }]))).edits).toEqual([]);
    expect(textOf(await difference(store, fileOf([{ ...entry, params: { b: 2, a: 1 } }])))).toEqual([
      '~ p: parameter b is 2, was "2"',
    ]);
  });

  test("a file is relative to the file of scripts; its name gives the language", async () => {
    const store = await newStore();
    mkdirSync(join(cwd, "conf"));
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
    writeFileSync(join(cwd, "conf/a.pxl"), "HALT\n");
    writeFileSync(join(cwd, "conf/b.py"), "print(1)\n");
    writeFileSync(join(cwd, "conf/c.png"), png);
    const path = fileOf(
      [
        { name: "a", file: "a.pxl" },
        { name: "b", file: "b.py" },
        { name: "c", file: "c.png" },
        { name: "d", file: "a.pxl", lang: "gvpie" },
      ],
      "conf/scripts.json",
    );
    await store.editScripts((await difference(store, path)).edits);
    expect((await allScripts(store)).slice(1).map(({ lang }) => lang)).toEqual([
      "pixel",
      "python",
      "cartridge",
      "gvpie",
    ]);
    expect(await store.getScript("c")).toMatchObject({ code: join(cwd, "conf/c.png") });
  });
});

describe("mistakes", () => {
  const code = "HALT\n";
  const good = { name: "x", lang: "pixel", code };

  test.each<[unknown, string]>([
    ["x", 'scripts[0]: expected an object, got "x"'],
    [{ ...good, intervall: "1s" }, "scripts[0]: expected the fields name, lang, enabled,"],
    [{ lang: "pixel", code }, "scripts[0].name: expected the name of the script, got none"],
    [{ ...good, name: 7 }, "scripts[0].name: expected a string, got 7"],
    [{ name: "x", code }, "scripts[0].lang: expected pixel, gvpie, cartridge or python, got none"],
    [{ ...good, lang: "perl" }, 'scripts[0].lang: expected pixel, gvpie, cartridge or python, got "perl"'],
    [{ name: "x", lang: "pixel" }, "scripts[0]: expected code or file, got neither"],
    [{ ...good, file: "x.pxl" }, "scripts[0]: expected code or file, got both"],
    [{ name: "x", file: "none.pxl" }, 'scripts[0] "x": cannot read'],
    [
      { ...good, interval: 30 },
      'scripts[0].interval: expected a duration as a string, such as "30s", got 30',
    ],
    [{ ...good, interval: "30" }, "scripts[0].interval: expected a duration from 0s to 365d, such as"],
    [{ ...good, timeout: "0s" }, "scripts[0].timeout: expected a duration from 1ms to 24d, such as"],
    [{ ...good, interval: "1s", cron: "* * * * *" }, "scripts[0].cron: expected interval or cron, got both"],
    [{ ...good, retries: 101 }, "scripts[0].retries: expected an integer from 0 to 100, got 101"],
    [{ ...good, width: 1.5 }, "scripts[0].width: expected an integer from 1 to 4294967295, got 1.5"],
    [{ ...good, enabled: 1 }, "scripts[0].enabled: expected true or false, got 1"],
    [{ ...good, missed: "never" }, 'scripts[0].missed: expected once or skip, got "never"'],
    [{ ...good, params: { a: 1.5 } }, "scripts[0].params: expected a string or an integer for a, got 1.5"],
    [{ ...good, params: [] }, "scripts[0].params: expected an object of strings and integers, got []"],
  ])("%j", (entry, says) => {
    const { scripts, problems } = readScriptFile(fileOf([entry]));
    expect(scripts).toEqual([]);
    expect(problems.map(({ place, error }) => `${place}: ${explain(error).message.text}`)).toEqual([
      expect.stringContaining(says),
    ]);
  });

  test.each<[string, string]>([
    ["", "expected JSON, as gvpie scripts export prints it, got an error"],
    ["{", "expected JSON"],
    ["[]", "version: expected 1, got nothing"],
    ["null", "version: expected 1, got nothing"],
    ['{"version":2,"scripts":[]}', "version: expected 1, got 2"],
    ['{"version":1,"scripts":{}}', "scripts: expected an array, got {}"],
    ['{"version":1,"script":[]}', 'expected version and scripts, got "script"'],
  ])("%j is not a file of scripts", (text, says) => {
    const path = join(cwd, "scripts.json");
    writeFileSync(path, text);
    expect(() => readScriptFile(path)).toThrow(
      expect.objectContaining({ code: "BAD_SCRIPT_FILE", message: expect.stringContaining(says) }),
    );
  });

  test("a value of 100,000 levels is named", () => {
    const path = join(cwd, "scripts.json");
    writeFileSync(path, `{"version":1,"scripts":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`);
    expect(() => readScriptFile(path)).toThrow(
      "scripts: expected an array, got a value that is nested too deeply to print",
    );
  });

  test("all are reported, nothing is changed, and a dry run finds them too", async () => {
    const store = await newStore();
    fileOf([
      { name: "a", lang: "pixel", code: "FOO\n" },
      { name: "a", lang: "pixel", code },
      { name: "ok", lang: "pixel", code },
      { name: "b", lang: "pixel", code, retries: -1 },
      { name: "c", lang: "pixel", code, cron: "0 6 * *" },
    ]);
    for (const args of [[], ["--dry-run"]]) {
      const { status, stdout, stderr } = await gvpie(["scripts", "apply", "scripts.json", ...args], { cwd });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /scripts\.json: scripts\[0\] "a" has 1 error\n.*:1:1: error: expected an opcode, got "FOO"/,
      );
      expect(stderr).toContain(
        'scripts[1] "a".name: expected each name once, got that of scripts[0] "a" again',
      );
      expect(stderr).toContain("scripts[3].retries: expected an integer");
      expect(stderr).toContain("has 4 mistakes; nothing was changed");
      expect(stderr).toContain('scripts[4] "c": cron: expected ');
      expect(stderr).not.toContain("    at ");
    }
    expect(await allScripts(store)).toHaveLength(1);
  });

  test("apply prints the difference, and one bad script prevents all", async () => {
    const store = await newStore();
    const path = fileOf([{ ...good }, { ...good, name: "y".repeat(2_000) }]);
    expect(await gvpie(["scripts", "apply", path], { cwd })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("name: expected 1 to 1000 characters, got 2000"),
    });
    expect(await allScripts(store)).toHaveLength(1);
    fileOf([good]);
    expect(await gvpie(["scripts", "apply", "scripts.json"], { cwd })).toMatchObject({
      status: 0,
      stdout: "+ x: pixel, 5 bytes\n",
      stderr: "1 added, 0 changed, 0 removed, 0 unchanged; 1 not in the file\n",
    });
  });
});
