import { expect, test } from "vitest";
import { workspaceWith } from "./support/workspace.ts";

const BOX = { name: "box", lang: "pixel", code: "RECT 1 1 5 5\n" } as const;
/** Takes about a second. */
const COSTLY = {
  name: "costly",
  lang: "pixel",
  code: "RECT 0 0 4096 4096\n".repeat(40),
  options: { width: 4096, height: 4096 },
} as const;

test.each(["SIGHUP", "SIGQUIT", "SIGALRM", "SIGVTALRM", "SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT"] as const)(
  "every signal that ends a process finishes the runs in progress: %s",
  async (signal) => {
    const workspace = await workspaceWith(COSTLY, BOX);
    const loop = workspace.start("--interval", "0.2");
    await loop.waitForLine("box ");
    loop.signal(signal);
    const { status, stderr } = await loop.result();
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining(`${signal}: finishing the runs in progress`),
    });
    for (const run of await workspace.allRuns()) expect(run.finishedAt).toBeDefined();
  },
);

test("no other signal has an effect: SIGUSR1 opens no debugger, and scripts run", async () => {
  const workspace = await workspaceWith(BOX);
  const loop = workspace.start("--interval", "0");
  await loop.waitForLine("box ");
  for (const signal of [
    "SIGUSR1",
    "SIGUSR2",
    "SIGPIPE",
    "SIGXFSZ",
    "SIGCHLD",
    "SIGURG",
    "SIGWINCH",
  ] as const) {
    loop.signal(signal);
    const ran = loop.lines.length;
    await loop.waitFor(() => loop.lines.length > ran + 1);
  }
  expect(await loop.kill("SIGTERM")).toBe(0);
  expect(loop.stderr).not.toContain("Debugger");
});
