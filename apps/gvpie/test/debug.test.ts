import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bareEnvironment } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

const PROGRAM = `PARAM size 2
SET x 0
again:
  CALL square
  ADD x 3
  IF x < 7 again
  HALT
square:
  RECT {x} 0 {size} {size}
  RET
`;

function withProgram(source = PROGRAM): string {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, "squares.pxl"), source);
  return cwd;
}

/** Runs a session with these commands. */
async function debug(commands: readonly string[], source?: string) {
  return gvpie(["debug", "squares.pxl", "--width", "8", "--height", "4", "--param", "size=1"], {
    cwd: withProgram(source),
    input: commands.map((command) => `${command}\n`).join(""),
  });
}

describe("gvpie debug", () => {
  test.each([
    { commands: [], says: "→  1 | PARAM size 2\n" },
    { commands: ["step"], says: "→  1 | PARAM size 2\n→  2 | SET x 0\n" },
    { commands: ["s", "", ""], says: /→ {2}4 \| {3}CALL square\n→ {2}9 .* RECT/ },
    { commands: ["next 5"], says: /→ {2}5 \| {3}ADD x 3\n$/ },
    { commands: ["to 6", ""], says: /(→ {2}6 \| {3}IF x < 7 again\n){2}$/ },
    { commands: ["run"], says: "halted after 18 steps\n" },
    { commands: ["continue", "step"], says: /(halted after 18 steps\n){2}$/ },
    { commands: ["to 7", "to 2"], says: /→ {2}7 \| {3}HALT\nhalted/ },
    { commands: ["to 9", "stack"], says: /RECT.*\n {3}5 \| {3}ADD x 3\n$/ },
    { commands: ["stack"], says: "no CALL is open\n" },
    { commands: ["to 7", "vars"], says: "x     9\nsize  1  parameter\n" },
    { commands: ["pen"], says: "color   #ffffffff\nscale   1\nalign   left\norigin  0 0\nclip    none\n" },
    { commands: ["frame", "to 10", "frame"], says: /RET\n▀\n\n$/ },
    { commands: ["to 7", "frame"], says: /HALT\n▀ {2}▀ {2}▀\n\n$/ },
    { commands: ["list 9"], says: /^.*\n {3}5 \|[^]* {2}10 \| {3}RET\n$/ },
    { commands: ["step 3"], says: /→ {2}5 \| {3}CALL|→ {2}9 .* RECT.*\n$/ },
    { commands: ["step 2", ""], says: /→ {2}4 \| {3}CALL square\n→ 10 \| {3}RET\n$/ },
    { commands: ["run again", ""], says: /→ {2}4 .*CALL square\n→ {2}4 .*CALL square\n$/ },
    { commands: ["to square"], says: /→ {2}9 .* RECT .*\n$/ },
    { commands: ["list square"], says: /^.*\n {3}5 \|[^]* {2}10 \| {3}RET\n$/ },
    {
      commands: ["break square", "run", "run", "break", "break square", "break", "run"],
      says: /● {2}9 .*\n(→ {2}9 .*\n){2}● {2}9 .*\nno breakpoint at line 9\nno breakpoints\nhalted/,
    },
    { commands: ["to 7", "vars x", "vars size"], says: /\nx {2}9\nsize {2}1 {2}parameter\n$/ },
    { commands: ["list"], says: /^.*\n→ {2}1 \|[^]* {3}5 \| {3}ADD x 3\n$/ },
    { commands: ["help"], says: /to <line\|label> {5}t {2}run until/ },
    { commands: ["step", "quit", "step"], says: "→  1 | PARAM size 2\n→  2 | SET x 0\n" },
  ])("$commands", async ({ commands, says }) => {
    const { status, stdout, stderr } = await debug(commands);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(says);
  });

  test.each([
    [
      "dance",
      'expected one of step, next, to, run, continue, break, vars, stack, pen, frame, list, help, quit, got "dance"',
    ],
    ["step twice now", 'expected step [n], got "step twice now"'],
    ["step twice", 'expected a whole number from 1, got "twice"'],
    ["run circle", 'expected a line or a label (again, square), got "circle"'],
    ["break circle", 'expected a line or a label (again, square), got "circle"'],
    ["vars y", 'expected a variable, an array or a parameter (x, size), got "y"'],
    ["list circle", 'expected a line or a label (again, square), got "circle"'],
    ["stack 1", 'expected stack, got "stack 1"'],
    ["next 0", 'expected a whole number from 1, got "0"'],
    ["to", 'expected a line or a label (again, square), got ""'],
    ["to 3", "line 3 has no instruction"],
  ])("%s is refused, and the session continues", async (command, says) => {
    const { status, stdout } = await debug([command, "step"]);
    expect(status).toBe(1);
    expect(stdout).toContain(says);
    expect(stdout.endsWith("→  2 | SET x 0\n")).toBe(true);
  });

  test("shows a runtime error at its position, and keeps the variables", async () => {
    const source = "PARAM size 0\nSET a 5\nSUB a 5\nSET b 1\nDIV b a\n";
    const { status, stdout } = await debug(["run", "vars", "run"], source);
    expect(status).toBe(1);
    expect(
      stdout.match(/squares\.pxl:5:1: error: expected a divisor other than 0, got 1 DIV 0/g),
    ).toHaveLength(2);
    expect(stdout).toContain("a     0\nb     1\n");
  });

  test("shows arrays and local variables, and stops in procedures", async () => {
    const source =
      "PARAM size 1\nLIST a 3 4\nFOR i 0 1\nCALL f i\nNEXT\nDEF f n\nSET m n + size\nSET a[n] m\nEND\n";
    const { status, stdout } = await debug(["run f", "vars f.n", "break f", "run", "vars", "vars a"], source);
    expect(status).toBe(0);
    expect(stdout).toContain("→ 7 | SET m n + size\nf.n  0\n");
    expect(stdout).toMatch(
      /\ni +1\n(f\.[nm] +\d\n)+a +1 4 +2 cells\nsize +1 +parameter\na {2}1 4 {2}2 cells\n$/,
    );
  });

  test("an infinite loop runs out of fuel", async () => {
    const { status, stdout } = await debug(["run"], "PARAM size 1\nagain:\nJMP again\n");
    expect(status).toBe(1);
    expect(stdout).toContain("[RASTER_LIMIT_FUEL]");
    const again = await gvpie(["debug", "squares.pxl", "--fuel", "7"], {
      cwd: withProgram(),
      input: "run\n",
    });
    expect(again.stdout).toContain("within 7 steps (limits.fuel), got more; --fuel allows more");
  });

  test.each([
    { args: ["-"], status: 2, says: "expected a program file, got stdin" },
    { args: ["missing.pxl"], status: 1, says: "no such file" },
    {
      args: ["squares.pxl", "--param", "n=1"],
      status: 1,
      says: 'expected the name of a parameter of the program, got "n"',
    },
    { args: ["squares.pxl", "--width", "0"], status: 2, says: "whole number" },
  ])("refuses $args", async ({ args, status, says }) => {
    const ended = await gvpie(["debug", ...args], { cwd: withProgram() });
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toContain(says);
  });

  test("refuses a program with errors", async () => {
    const { status, stderr } = await debug(["run"], "FOO\n");
    expect(status).toBe(1);
    expect(stderr).toContain("squares.pxl:1:1: error:");
  });

  test("on a terminal, prompts, and exits with 0 after an unknown command", async () => {
    const command = `printf 'oops\\nstep\\nquit\\n' | script -qec '${SHELL_COMMAND} debug squares.pxl' /dev/null`;
    const { stdout } = await promisify(execFile)("sh", ["-c", command], {
      cwd: withProgram(),
      env: bareEnvironment({ TERM: "dumb" }),
    });
    expect(stdout).toContain("gvpie> ");
    expect(stdout).toContain("→  2 | SET x 0");
  });
});
