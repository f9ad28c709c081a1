import { bareEnvironment, runNode, runProcess, startProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";

const sh = (script: string, options = {}) => disposeAfterTest(startProcess("sh", ["-c", script], options));

test("collects the output and the exit code", async () => {
  const result = await sh("echo out; echo err >&2; exit 3").result();
  expect(result).toMatchObject({ status: 3, stdout: "out\n", stderr: "err\n" });
  expect(result.bytes).toEqual(Buffer.from("out\n"));
});

test("passes input, environment and wrapper", async () => {
  const env = bareEnvironment({ NAME: "value" });
  const { stdout } = await runProcess("sh", ["-c", 'cat; echo "$NAME$HOME$MORE"'], {
    input: "input ",
    env,
    wrapper: ["env", "MORE=more"],
  });
  expect(stdout).toBe("input valuemore\n");
});

test("joins a line that arrives in pieces, and splits lines that arrive together", async () => {
  const seen: string[] = [];
  const process = sh("printf 'o'; sleep 0.1; printf 'ne\\ntwo\\nrest'", {
    onLine: (line: string) => seen.push(line),
  });
  await process.exited;
  expect(process.lines).toEqual(["one", "two"]);
  expect(seen).toEqual(["one", "two"]);
  expect(process.stdout).toBe("one\ntwo\nrest");
});

test("waits for a line of stdout or stderr", async () => {
  const process = sh("echo first; sleep 0.1; echo '2 second' >&2; sleep 60");
  expect(await process.waitForLine("first")).toBe("first");
  expect(await process.waitForLine(/^\d second/)).toBe("2 second");
  expect(process.isRunning).toBe(true);
});

test("waits for a message and keeps all messages", async () => {
  const process = sh(`echo '{"type":"a"}'; echo '{not JSON'; echo '{"type":"b","n":1}'; sleep 60`);
  expect(await process.waitForMessage("b")).toEqual({ type: "b", n: 1 });
  expect(process.messages.map((message) => message["type"])).toEqual(["a", "b"]);
});

test("rejects a wait with stderr if the process ends first", async () => {
  const process = sh("echo reason >&2; exit 1");
  await expect(process.waitForLine("never")).rejects.toThrow(/a line with never, got exit status 1:\nreason/);
  await expect(process.waitForMessage("never")).rejects.toThrow('a message of type "never"');
});

test("finds the last output of a process that has ended", async () => {
  const process = sh("echo last");
  await process.exited;
  expect(await process.waitForLine("last")).toBe("last");
});

test("sends a signal and reports its name", async () => {
  expect(await sh("exec sleep 60").kill("SIGTERM")).toBe("SIGTERM");
  const process = sh("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
  await process.waitForLine("ready");
  expect(await process.kill("SIGTERM")).toBe(7);
});

test("kills its process on disposal", async () => {
  const process = startProcess("sleep", ["60"]);
  await process[Symbol.asyncDispose]();
  expect(await process.exited).toBe("SIGKILL");
});

test("rejects if the command does not exist", async () => {
  await expect(startProcess(`${temporaryDirectory()}/missing`).exited).rejects.toThrow("ENOENT");
});

test("runs a TypeScript file from sources, after modules that it imports first", async () => {
  const dir = temporaryDirectory();
  writeFileSync(`${dir}/first.mjs`, "globalThis.first = 'loaded';");
  writeFileSync(
    `${dir}/main.ts`,
    "const text: string = globalThis.first; console.log(text, process.argv[2]);",
  );
  const { status, stdout } = await runNode(`${dir}/main.ts`, ["argument"], { imports: [`${dir}/first.mjs`] });
  expect([status, stdout]).toEqual([0, "loaded argument\n"]);
  expect(existsSync(dir)).toBe(true);
});
