// Animations in a real terminal: util-linux's script gives the command one.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { bareEnvironment, startProcess, type TestProcess, waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { gvpie, SHELL_COMMAND } from "./support/gvpie.ts";

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";
/** Each frame has another text, so that its drawing can be told from the others. */
const ANIMATION = "CANVAS 12 2\nFRAMES 3 10\nRECT {frame*4} 0 4 2\n";
const PLAIN = { NO_COLOR: "1", LANG: "C.UTF-8", TERM: "xterm" };
const FRAMES = ["████", "    ████", "        ████"];

function directoryWithAnimation(): string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "a.pxl"), ANIMATION);
  return directory;
}

/** The command in a terminal, whose keys come from a FIFO; it stays open, because its end would count as Ctrl-D. */
function inTerminal(
  args: string,
  cwd = directoryWithAnimation(),
): { process: TestProcess; press(keys: string): void } {
  const keys = join(cwd, "keys");
  execFileSync("mkfifo", [keys]);
  const fd = openSync(keys, "r+");
  onTestFinished(() => closeSync(fd));
  const command = `echo "pid $$"; exec ${SHELL_COMMAND} ${args}`;
  const process = startProcess("sh", ["-c", 'exec script -qec "$0" /dev/null < keys', command], {
    cwd,
    env: bareEnvironment(PLAIN),
  });
  onTestFinished(() => process[Symbol.asyncDispose]());
  return { process, press: (text) => void writeSync(fd, text) };
}

/** The frames that were drawn from the top of the screen, in order, by number. */
function drawn(output: string): number[] {
  const [, ...screens] = output.split("\u001b[H");
  return screens.map((screen) => FRAMES.indexOf((screen.split("\u001b")[0] ?? "").trimEnd()));
}

test("plays an animation as often as --loops says, and leaves the terminal as it was", async () => {
  const { status, stdout } = await inTerminal("show a.pxl --loops 2").process.result();
  expect(status).toBe(0);
  expect(stdout).toContain(ENTER);
  expect(drawn(stdout)).toEqual([0, 1, 2, 0, 1, 2]);
  // The last frame stays on the screen of before.
  expect(stdout.split(LEAVE)).toHaveLength(2);
  expect(stdout.split(LEAVE)[1]?.trimEnd()).toBe(FRAMES[2]);
});

test("plays an animated cartridge", async () => {
  const cwd = directoryWithAnimation();
  expect(await gvpie(["render", "a.pxl"], { cwd })).toMatchObject({ status: 0 });
  const { stdout } = await inTerminal("show a.png --loops 1", cwd).process.result();
  expect(drawn(stdout)).toEqual([0, 1, 2]);
});

test.each([
  ["q", "q"],
  ["Ctrl-C", "\u0003"],
])("ends at %s", async (_, key) => {
  const { process, press } = inTerminal("show a.pxl");
  await waitUntil(() => drawn(process.stdout).length > 3);
  press(key);
  const { status, stdout } = await process.result();
  expect(status).toBe(0);
  expect(stdout).toContain(LEAVE);
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends it, and restores the terminal",
  async (signal) => {
    const { process } = inTerminal("show a.pxl");
    await waitUntil(() => drawn(process.stdout).length > 3);
    const [, pid = ""] = /^pid (\d+)/.exec(process.stdout) ?? [];
    globalThis.process.kill(Number(pid), signal);
    const { status, stdout } = await process.result();
    expect(status).toBe(128 + constants.signals[signal]);
    expect(stdout).toContain(LEAVE);
  },
);

test("without a terminal, prints the first frame", async () => {
  const cwd = directoryWithAnimation();
  const { status, stdout } = await gvpie(["show", "a.pxl"], { cwd, env: PLAIN });
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${FRAMES[0]}\n` });
});

test("a frame that fails leaves the terminal as it was, and names its place", async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, "bad.pxl"), "CANVAS 4 2\nFRAMES 3 10\nPIX 4/(1-frame) 0\n");
  const { status, stdout } = await inTerminal("show bad.pxl", cwd).process.result();
  expect(status).toBe(1);
  const [, after = ""] = stdout.split(LEAVE);
  expect(after).toContain("bad.pxl:3:5: error: expected a divisor other than 0");
});

test.each(["0", "x", "1.5"])("refuses --loops %s", async (loops) => {
  const { status, stderr } = await gvpie(["show", "-", "--loops", loops], { input: ANIMATION });
  expect(status).toBe(2);
  expect(stderr).toContain("--loops: expected a whole number from 1 to 1000000");
});
