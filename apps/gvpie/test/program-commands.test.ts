import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

describe("gvpie check", () => {
  test("a program without errors", async () => {
    expect(await gvpie(["check", "-"], { input: "TXT 1 1 hi\nHALT\n" })).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "stdin: no errors, straight-line\n",
    });
    const jumping = await gvpie(["check", "-"], { input: "again:\nIF 1 > 2 again\n" });
    expect(jumping).toMatchObject({ status: 0, stdout: "", stderr: "stdin: no errors\n" });
  });

  test("reports every error with its position", async () => {
    const { status, stdout, stderr } = await gvpie(["check", "-"], { input: "TXT 1\nHALT\nFOO 1\n" });
    expect(status).toBe(1);
    expect(stdout).toContain("stdin:1:6: error:");
    expect(stdout).toContain("stdin:3:1: error:");
    expect(stderr).toBe("stdin: 2 errors\n");
  });

  test("exits with 0 if there are only warnings", async () => {
    const { status, stdout, stderr } = await gvpie(["check", "-"], { input: "TXT 1 1 日\n" });
    expect(status).toBe(0);
    expect(stdout).toContain("warning:");
    expect(stderr).toBe("stdin: 1 warning, straight-line\n");
  });

  test("drawing outside the canvas depends on its size and on the parameters", async () => {
    const input = "PARAM x 200\nRECT {x} 0 4 4\nunused:\nJMP end\nend:\n";
    const { status, stdout } = await gvpie(["check", "-"], { input });
    expect(status).toBe(0);
    expect(stdout).toContain("stdin:2:1: warning: RECT draws nothing");
    expect(stdout).toContain("[PXL_UNUSED_LABEL]");
    for (const args of [
      ["--width", "201"],
      ["--param", "x=-3"],
    ]) {
      expect((await gvpie(["check", "-", ...args], { input })).stdout).not.toContain("draws nothing");
    }
  });

  test.each([
    [
      "SET a 1\nDIV a 0\n",
      "stdin:2:1: error: expected a divisor other than 0, got 1 DIV 0 [RASTER_DIVISION_BY_ZERO]",
    ],
    ["PARAM c red\nPARAM n x\nCOLOR {c}\nPIX {n} 1\n", 'stdin:4:5: error: expected an integer, got "x" in n'],
    ["again:\nJMP again\n", "stdin:2:1: error: expected the program to end within 1000000 steps"],
    ["RET\n", "[RASTER_STACK_UNDERFLOW]"],
  ])("reports a runtime error with its position: %j", async (input, says) => {
    const checked = await gvpie(["check", "-"], { input });
    expect(checked).toMatchObject({ status: 1, stdout: expect.stringContaining(says) });
    const rendered = await gvpie(["render", "-", "-o", "-"], { input });
    expect(rendered).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining(says) });
  });

  test.each(["check", "render", "show"])("%s --fuel sets the most steps", async (command) => {
    const input = "SET n 9\nagain:\nSUB n 1\nIF n > 0 again\n";
    const run = (fuel: string) => gvpie([command, "-", "--fuel", fuel], { input });
    const [few, enough, none] = await Promise.all([run("18"), run("19"), run("none")]);
    expect(few.status).toBe(1);
    expect(few.stdout + few.stderr).toContain("within 18 steps (limits.fuel), got more; --fuel allows more");
    expect(enough.status).toBe(0);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('--fuel: expected a whole number from 1 to 100000000, got "none"');
  });

  test("--json lists every file", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), "HALT\n");
    writeFileSync(join(cwd, "b.pxl"), "RECT 1 2 3\n");
    const { status, stdout } = await gvpie(["check", "a.pxl", "b.pxl", "--json"], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { file: "a.pxl", straight: true, diagnostics: [] },
      {
        file: "b.pxl",
        straight: null,
        diagnostics: [expect.objectContaining({ code: "PXL_MISSING_OPERAND", line: 1, column: 11 })],
      },
    ]);
  });

  test("--json carries the fix of an error that has one", async () => {
    const { stdout } = await gvpie(["check", "-", "--json"], { input: "again:\n  goto again # for ever\n" });
    const [{ diagnostics }] = JSON.parse(stdout);
    expect(diagnostics).toMatchObject([
      {
        code: "PXL_UNKNOWN_OPCODE",
        message: expect.stringContaining("JMP jumps to a label"),
        fix: { line: 2, column: 3, length: 4, text: "JMP" },
      },
    ]);
  });

  test("shows twenty errors of a million", async () => {
    const { status, stdout, stderr } = await gvpie(["check", "-"], { input: "FOO\n".repeat(1_000_000) });
    expect({ status, stderr }).toEqual({ status: 1, stderr: "stdin: more than 1000 errors\n" });
    expect(stdout.length).toBeLessThan(10_000);
  });
});

describe("gvpie format", () => {
  const MESSY = "  txt 1 1   hi  \n# note\n\nrect  1\t2 3 4\n";

  test("prints the canonical form", async () => {
    const { status, stdout } = await gvpie(["format", "-"], { input: MESSY });
    expect(status).toBe(0);
    expect(stdout.split("\n")).toEqual(["TXT 1 1   hi", "# note", "", "RECT 1 2 3 4", ""]);
  });

  test("--check lists a file until --write has formatted it", async () => {
    const cwd = temporaryDirectory();
    const file = join(cwd, "a.pxl");
    writeFileSync(file, MESSY, { mode: 0o640 });
    writeFileSync(join(cwd, "b.pxl"), "HALT\n");
    expect(await gvpie(["format", "--check", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      status: 1,
      stdout: "a.pxl\n",
    });
    expect(readFileSync(file, "utf8")).toBe(MESSY);
    expect(await gvpie(["format", "-w", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "formatted a.pxl\n",
    });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await gvpie(["format", "--check", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      status: 0,
      stdout: "",
    });
  });

  test("leaves every file unchanged if one has errors", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), MESSY);
    writeFileSync(join(cwd, "b.pxl"), "FOO\n");
    const { status, stderr } = await gvpie(["format", "--write", "a.pxl", "b.pxl"], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain("b.pxl:1:1: error:");
    expect(readFileSync(join(cwd, "a.pxl"), "utf8")).toBe(MESSY);
  });

  test.each([
    [["--write", "--check", "a"], "cannot be combined"],
    [["--write", "-"], "expected files"],
    [["a", "b"], "more than one file requires --write or --check"],
  ])("%j is wrong usage", async (args, says) => {
    const { status, stderr } = await gvpie(["format", ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe("gvpie show", () => {
  const INPUT = { input: "RECT 0 0 2 3\n" };

  test("shows a program, without colours in a pipe", async () => {
    const { status, stdout } = await gvpie(["show", "-", "--width", "3", "--height", "4"], INPUT);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "██\n▀▀\n" });
  });

  test("shows a program with its parameters", async () => {
    const { stdout } = await gvpie(
      ["show", "-", "--width", "3", "--height", "2", "--param", "n=2", "--param", "y=1"],
      { input: "PARAM n 1\nPARAM y 0\nRECT 0 {y} {n} 1\n" },
    );
    expect(stdout).toBe("▄▄\n");
  });

  test("a cartridge looks like its program", async () => {
    const { bytes } = await gvpie(["render", "-", "-o", "-"], { input: "TXT 10 10 Hello GPU\nHALT\n" });
    const [fromPng, fromSource] = await Promise.all([
      gvpie(["show", "-"], { input: bytes }),
      gvpie(["show", "-"], { input: "TXT 10 10 Hello GPU\nHALT\n" }),
    ]);
    expect(fromPng.stdout).toBe(fromSource.stdout);
    expect(fromPng.stdout).toMatchSnapshot();
  });

  test("COLUMNS limits the width, FORCE_COLOR enables colours, NO_COLOR and LANG=C disable them", async () => {
    const narrow = await gvpie(["show", "-"], { ...INPUT, env: { COLUMNS: "40" } });
    for (const line of narrow.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
    const colored = await gvpie(["show", "-"], { ...INPUT, env: { FORCE_COLOR: "3" } });
    expect(colored.stdout).toContain("\u001b[48;2;255;255;255m");
    const plain = await gvpie(["show", "-"], { ...INPUT, env: { NO_COLOR: "1", LANG: "C" } });
    expect(plain.stdout).toMatch(/^[ -~\n]+$/);
  });
});

describe("gvpie language", () => {
  test("prints the card, the grammar and the schema", async () => {
    const [card, grammar, schema] = await Promise.all([
      gvpie(["language"]),
      gvpie(["language", "--grammar", "gbnf"]),
      gvpie(["language", "--schema"]),
    ]);
    expect(card).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("\nRECT x y w h [radius]\n"),
      stderr: "",
    });
    expect(grammar).toMatchObject({ status: 0, stdout: expect.stringContaining("\nroot ::= "), stderr: "" });
    expect(JSON.parse(schema.stdout)).toMatchObject({
      type: "object",
      required: expect.arrayContaining(["lines"]),
    });
  });

  test.each([
    [["--grammar", "gbnf", "--schema"], "cannot be combined"],
    [["--grammar", "ebnf"], 'expected gbnf, got "ebnf"'],
  ])("%j is wrong usage", async (args, says) => {
    const { status, stderr } = await gvpie(["language", ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });
});
