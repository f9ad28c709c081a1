import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gvpie, temporaryDirectory } from "./gvpie.ts";

describe("gvpie check", () => {
  test("a sound program", async () => {
    expect(await gvpie(["check", "-"], { input: "TXT 1 1 hi\nHALT\n" })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "stdin: no errors\n",
    });
  });

  test("all errors, each with its place", async () => {
    const { code, stdout, stderr } = await gvpie(["check", "-"], { input: "TXT 1\nHALT\nFOO 1\n" });
    expect(code).toBe(1);
    expect(stdout).toContain("stdin:1:6: error:");
    expect(stdout).toContain("stdin:3:1: error:");
    expect(stderr).toBe("stdin: 2 errors\n");
  });

  test("warnings alone are no failure", async () => {
    const { code, stdout, stderr } = await gvpie(["check", "-"], { input: "TXT 1 1 日\n" });
    expect(code).toBe(0);
    expect(stdout).toContain("warning:");
    expect(stderr).toBe("stdin: 1 warning\n");
  });

  test("--json lists every file", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), "HALT\n");
    writeFileSync(join(cwd, "b.pxl"), "RECT 1 2 3\n");
    const { code, stdout } = await gvpie(["check", "a.pxl", "b.pxl", "--json"], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { file: "a.pxl", diagnostics: [] },
      {
        file: "b.pxl",
        diagnostics: [expect.objectContaining({ code: "PXL_MISSING_OPERAND", line: 1, column: 11 })],
      },
    ]);
  });

  test("a million wrong lines end quickly, with twenty shown", async () => {
    const { code, stdout } = await gvpie(["check", "-"], { input: "FOO\n".repeat(1_000_000) });
    expect(code).toBe(1);
    expect(stdout.length).toBeLessThan(10_000);
  });
});

describe("gvpie format", () => {
  const MESSY = "  txt 1 1   hi  \n# note\n\nrect  1\t2 3 4\n";

  test("prints the canonical form", async () => {
    const { code, stdout } = await gvpie(["format", "-"], { input: MESSY });
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual(["TXT 1 1   hi", "# note", "", "RECT 1 2 3 4", ""]);
  });

  test("--check lists, --write changes, and then --check is content", async () => {
    const cwd = temporaryDirectory();
    const file = join(cwd, "a.pxl");
    writeFileSync(file, MESSY, { mode: 0o640 });
    writeFileSync(join(cwd, "b.pxl"), "HALT\n");
    expect(await gvpie(["format", "--check", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      code: 1,
      stdout: "a.pxl\n",
    });
    expect(readFileSync(file, "utf8")).toBe(MESSY);
    expect(await gvpie(["format", "-w", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "formatted a.pxl\n",
    });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await gvpie(["format", "--check", "a.pxl", "b.pxl"], { cwd })).toMatchObject({
      code: 0,
      stdout: "",
    });
  });

  test("one wrong file leaves all as they were", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), MESSY);
    writeFileSync(join(cwd, "b.pxl"), "FOO\n");
    const { code, stderr } = await gvpie(["format", "--write", "a.pxl", "b.pxl"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("b.pxl:1:1: error:");
    expect(readFileSync(join(cwd, "a.pxl"), "utf8")).toBe(MESSY);
  });

  test.each([
    [["--write", "--check", "a"], "exclude each other"],
    [["--write", "-"], "needs files"],
    [["a", "b"], "several files need --write or --check"],
  ])("%j is wrong usage", async (args, says) => {
    const { code, stderr } = await gvpie(["format", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe("gvpie show", () => {
  const INPUT = { input: "RECT 0 0 2 3\n" };

  test("a program, without colours in a pipe", async () => {
    const { code, stdout } = await gvpie(["show", "-", "--width", "3", "--height", "4"], INPUT);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "██\n▀▀\n" });
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

  test("COLUMNS bounds the width, FORCE_COLOR colours, NO_COLOR and LANG=C forbid", async () => {
    const narrow = await gvpie(["show", "-"], { ...INPUT, env: { COLUMNS: "40" } });
    for (const line of narrow.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
    const colored = await gvpie(["show", "-"], { ...INPUT, env: { FORCE_COLOR: "3" } });
    expect(colored.stdout).toContain("\u001b[48;2;255;255;255m");
    const plain = await gvpie(["show", "-"], { ...INPUT, env: { NO_COLOR: "1", LANG: "C" } });
    expect(plain.stdout).toMatch(/^[ -~\n]+$/);
  });
});
