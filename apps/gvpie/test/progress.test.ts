import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodePng } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { bareEnvironment, type ProcessResult, startProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { formatProgress, startProgress } from "../src/progress.ts";
import { SHELL_COMMAND } from "./support/gvpie.ts";

test("progress is drawn on a terminal from the second second on, at most every 200 ms, and cleared", () => {
  let now = 0;
  const written: string[] = [];
  const place = { isTerminal: true, now: () => now, write: (text: string) => void written.push(text) };
  const line = startProgress(place);
  for (; now < 1_500; now += 50) {
    line.update({ label: "copying", done: now * 2 ** 20, total: 2 ** 31, unit: "bytes" });
  }
  line.update({ label: "verifying", done: 0, total: 2 ** 31, unit: "bytes", isLong: true });
  line[Symbol.dispose]();
  expect(written.map((text) => text.replaceAll("\u001b[K", "⌫").replaceAll("\r", "⏎"))).toEqual([
    "⏎copying: 1000 of 2048 MiB, 1000 MiB/s, 1 s left⌫",
    "⏎copying: 1200 of 2048 MiB, 1000 MiB/s, 848 ms left⌫",
    "⏎copying: 1400 of 2048 MiB, 1000 MiB/s, 648 ms left⌫",
    "⏎verifying 2048 MiB…⌫",
    "⏎⌫",
  ]);
});

test("progress is silent where stderr is not a terminal, and before a second has passed", () => {
  const written: string[] = [];
  for (const isTerminal of [false, true]) {
    const line = startProgress({ isTerminal, now: () => 0, write: (text) => void written.push(text) });
    line.update({ label: "copying", done: 1, total: 2, unit: "files", isLong: true });
    line[Symbol.dispose]();
  }
  expect(written).toEqual([]);
});

test.each([
  [{ label: "pruning", done: 500, unit: "runs" }, "pruning: 500 runs, 250 runs/s"],
  [
    { label: "verifying", done: 5, total: 10, unit: "files" },
    "verifying: 5 of 10 files, 3 files/s, 2 s left",
  ],
  [{ label: "scanning", done: 0, unit: "files" }, "scanning…"],
])("formatProgress %o", (state, text) => {
  expect(formatProgress(state, 2_000)).toBe(text);
});

/** Verifies three files, of which the second one arrives after more than a second. */
async function verifySlowly(wrap: (command: string) => string): Promise<ProcessResult> {
  const cwd = temporaryDirectory();
  const png = await encodePng(renderProgram("HALT\n"));
  writeFileSync(join(cwd, "a.png"), png);
  execFileSync("mkfifo", [join(cwd, "fifo")]);
  const command = wrap(`${SHELL_COMMAND} verify a.png fifo a.png`);
  const env = bareEnvironment({ NO_COLOR: "1" });
  const verify = disposeAfterTest(startProcess("sh", ["-c", command], { cwd, env }));
  await verify.waitForLine("stripped a.png");
  await sleep(1_100);
  writeFileSync(join(cwd, "fifo"), png);
  return verify.result();
}

test("verify shows progress below the results on a terminal, and clears it", async () => {
  const { stdout } = await verifySlowly((command) => `script -qec '${command}' /dev/null`);
  expect(stdout).toMatch(
    // oxlint-disable-next-line no-control-regex -- the line is drawn and cleared
    /\rverifying: 2 of 3 files, \d files\/s, [\d.]+ m?s left\u001b\[K\r\u001b\[Kstripped a\.png[^\r]*[^]*\r\u001b\[K$/,
  );
});

test("verify shows no progress off a terminal", async () => {
  const { stdout, stderr } = await verifySlowly((command) => command);
  expect({ lines: stdout.split("\n").length, hasReturn: stdout.includes("\r"), stderr }).toEqual({
    lines: 4,
    hasReturn: false,
    stderr: "",
  });
});
