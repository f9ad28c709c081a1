import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { bareEnvironment, runProcess } from "@gvpie/testing";
import { describe, expect, test } from "vitest";
import { COMMANDS } from "../src/commands.ts";
import { verify } from "../src/commands/verify.ts";
import { commandHelp } from "../src/help.ts";
import { gvpie, SHELL_COMMAND, startGvpie } from "./support/gvpie.ts";

describe("gvpie", () => {
  test("--version", async () => {
    expect(await gvpie(["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test("--help lists every command", async () => {
    const { status, stdout } = await gvpie(["--help"]);
    expect(status).toBe(0);
    expect(stdout).toMatchSnapshot();
    for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(`  ${name} `);
  });

  test("without a command, prints help to stderr and exits with 2", async () => {
    const { status, stdout, stderr } = await gvpie([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("Usage: gvpie <command>");
  });

  test.each(Object.entries(COMMANDS))("help of %s", async (name, entry) => {
    const text = commandHelp(name, await entry.load());
    expect(text).toMatchSnapshot();
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
  });

  test("--help prints a command's help", async () => {
    expect(await gvpie(["verify", "--help"])).toMatchObject({
      status: 0,
      stdout: commandHelp("verify", verify),
      stderr: "",
    });
  });

  test.each([
    ["scripts", "--help"],
    ["help", "scripts"],
  ])("%s %s lists the commands of the group", async (...args) => {
    const { status, stdout } = await gvpie(args);
    expect(status).toBe(0);
    expect(stdout).toContain("scripts enable");
    expect(stdout).not.toContain("runs list");
  });

  test.each([
    [["scripts"], "Usage: gvpie scripts <command>"],
    [
      ["scripts", "foo"],
      /^gvpie scripts: expected list, add, [^]* or remove, got "foo"\nUsage: gvpie scripts <command>/,
    ],
    [["runs", "lst"], 'gvpie runs: expected list, show or prune, got "lst"'],
    [["db", "--db"], 'gvpie db: expected init, schema, backup, restore or check, got "--db"'],
    [["rendr"], /expected render, check, [^]* or \w+, got "rendr"/],
    [["constructor"], 'got "constructor"'],
    [["check"], "gvpie check: expected <file|->..., got no argument"],
    [["verify", "--foo"], "gvpie verify: unknown option --foo\nSee gvpie verify --help."],
  ])("%j is wrong usage", async (args, says) => {
    const { status, stdout, stderr } = await gvpie(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });

  test("ends quietly when the reader of stdout closes it", async () => {
    const canvas = ["--width", "2000", "--height", "2000"];
    const command = startGvpie(["show", "-", ...canvas], { input: "RECT 0 0 1000 1000\n" });
    command.child.stdout?.destroy();
    expect(await command.result()).toMatchObject({ status: 1, stderr: "" });
  });

  test("reports a full disk behind stdout", async () => {
    expect(await runProcess("sh", ["-c", `${SHELL_COMMAND} --version >/dev/full`])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("cannot write to stdout: the disk is full"),
    });
  });

  test("on a terminal, refuses binary data and shows pictures in colour", async () => {
    const [refused, shown] = await Promise.all([
      onTerminal("render - -o -", "HALT\n"),
      onTerminal("show - --width 2 --height 2", "RECT 0 0 2 2\n"),
    ]);
    expect(refused).toContain("gvpie render: refusing to write binary data to a terminal");
    expect(refused).not.toContain("PNG");
    expect(shown).toContain("\u001b[48;5;231m  \u001b[0m");
  });
});

/** Runs a command on a terminal of 80 columns; resolves to its output. */
async function onTerminal(args: string, input: string): Promise<string> {
  const command = `stty cols 80; printf %s '${input}' | ${SHELL_COMMAND} ${args}`;
  const { stdout } = await promisify(execFile)("script", ["-qc", command, "/dev/null"], {
    env: bareEnvironment({ TERM: "xterm-256color" }),
  });
  return stdout;
}
