import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { readServerStatus } from "@gvpie/file-socket";
import { describe, expect, test } from "vitest";
import { serve, startDaemon, sharedPath } from "./support/daemon.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("gvpie-daemon", () => {
  test("--help and --version", async () => {
    const [help, version] = await Promise.all([
      startDaemon(["--help"]).result(),
      startDaemon(["--version"]).result(),
    ]);
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(README).toContain(`\`\`\`text\n${help.stdout}\`\`\``);
    expect(version).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test("logs the directory and the adapter at start", async () => {
    const dir = sharedPath();
    const daemon = await serve(dir);
    expect(daemon.stderr).toContain("rendering on cpu, adapter cpu\n");
    expect(daemon.stderr).toContain(
      `serving ${dir}/cmd.json → ${dir}/out.raw, and ${dir}/v1 for many clients\n`,
    );
  });

  test("describes itself in server.json", async () => {
    const dir = sharedPath();
    const daemon = await serve(dir);
    const { about, ...status } = readServerStatus(dir);
    expect(status).toMatchObject({ state: "running", isProcessFound: true, pid: daemon.child.pid });
    expect(about).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      host: hostname(),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      backend: "cpu",
      adapter: "cpu",
    });
  });

  test("--log-format json logs one object a line", async () => {
    const dir = sharedPath();
    const daemon = await serve(dir, ["--log-format", "json", "--max-pixels", "4096"]);
    const lines = daemon.stderr.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 30, backend: "cpu", adapter: "cpu", fallback: false, version: expect.any(String) },
      { level: 30, dir, command: `${dir}/cmd.json`, reply: `${dir}/out.raw`, limits: { pixels: 4096 } },
    ]);
  });

  test("a flag overrides its environment variable", async () => {
    const [fromFlag, fromEnv] = [sharedPath(), sharedPath()];
    const daemon = startDaemon(["--dir", fromFlag], { GVPIE_DIR: fromEnv, GVPIE_LOG_LEVEL: "info" });
    await daemon.waitForLine("serving ");
    expect(existsSync(fromEnv)).toBe(false);
  });

  test("an environment variable overrides the default, and an empty one counts as unset", async () => {
    const dir = sharedPath();
    const daemon = startDaemon([], { GVPIE_DIR: dir, GVPIE_BACKEND: "", GVPIE_MAX_PIXELS: "64" });
    await daemon.waitForLine(`serving ${dir}/cmd.json`);
  });

  test.each([
    [["--backend", "vulkan"], {}, "--backend"],
    [["--max-pixels", "0"], {}, "--max-pixels"],
    [["--max-pixels", "67108865"], {}, "67108864"],
    [["--max-instructions", "1.5"], {}, "--max-instructions"],
    [["--log-level", "loud"], {}, "--log-level"],
    [["--colour"], {}, "--colour"],
    [["/tmp/somewhere"], {}, "too many arguments"],
    [["--dir", ""], {}, "Expected a path"],
    [[], { GVPIE_MAX_PIXELS: "many" }, "GVPIE_MAX_PIXELS"],
  ])("%j %j is wrong usage", async (args, env, says) => {
    const { status, stdout, stderr } = await startDaemon(args, env).result();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(says);
  });

  test("refuses a directory that another daemon serves", async () => {
    const dir = sharedPath();
    const first = await serve(dir);
    const { status, stderr } = await startDaemon(["--dir", dir]).result();
    expect(status).toBe(75);
    expect(stderr).toContain(`another server already serves ${dir}`);
    expect(first.child.exitCode).toBeNull();
  });

  test.each([
    ["writable by others", (dir: string) => (mkdirSync(dir), chmodSync(dir, 0o777))],
    ["a symbolic link", (dir: string) => (mkdirSync(`${dir}-target`), symlinkSync(`${dir}-target`, dir))],
    ["a file", (dir: string) => writeFileSync(dir, "")],
    ["below a file", (dir: string) => (writeFileSync(dir, ""), `${dir}/below`)],
  ])("refuses a directory that is %s", async (_name, make) => {
    const path = sharedPath();
    const dir = make(path) ?? path;
    const { status, stderr } = await startDaemon(["--dir", dir]).result();
    expect(status).toBe(78);
    expect(stderr).toMatch(/FATAL: .+/);
    expect(stderr).not.toContain("    at ");
  });
});
