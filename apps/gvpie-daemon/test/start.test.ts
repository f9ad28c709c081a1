import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { serve, startDaemon, temporaryPath } from "./daemon.ts";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("gvpie-daemon", () => {
  test("--help and --version", async () => {
    const [help, version] = await Promise.all([
      startDaemon(["--help"]).ended,
      startDaemon(["--version"]).ended,
    ]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(README).toContain(`\`\`\`text\n${help.stdout}\`\`\``);
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test("says at start what it serves and with what it draws", async () => {
    const dir = temporaryPath();
    const daemon = await serve(dir);
    expect(daemon.log()).toContain("rendering on cpu, adapter cpu\n");
    expect(daemon.log()).toContain(
      `serving ${dir}/cmd.json → ${dir}/out.raw, and ${dir}/v1 for many clients\n`,
    );
  });

  test("logs JSON for machines", async () => {
    const dir = temporaryPath();
    const daemon = await serve(dir, ["--log-format", "json", "--max-pixels", "4096"]);
    const lines = daemon.log().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 30, backend: "cpu", adapter: "cpu", fallback: false, version: expect.any(String) },
      { level: 30, dir, command: `${dir}/cmd.json`, reply: `${dir}/out.raw`, limits: { pixels: 4096 } },
    ]);
  });

  test("flags go before the environment", async () => {
    const [fromFlag, fromEnv] = [temporaryPath(), temporaryPath()];
    const daemon = startDaemon(["--dir", fromFlag], { GVPIE_DIR: fromEnv, GVPIE_LOG_LEVEL: "info" });
    await daemon.says("serving ");
    expect(existsSync(fromEnv)).toBe(false);
  });

  test("the environment goes before the defaults, and an empty variable is none", async () => {
    const dir = temporaryPath();
    const daemon = startDaemon([], { GVPIE_DIR: dir, GVPIE_BACKEND: "", GVPIE_MAX_PIXELS: "64" });
    await daemon.says(`serving ${dir}/cmd.json`);
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
    const { code, stdout, stderr } = await startDaemon(args, env).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(says);
  });

  test("refuses a directory that another serves, which goes on serving", async () => {
    const dir = temporaryPath();
    const first = await serve(dir);
    const { code, stderr } = await startDaemon(["--dir", dir]).ended;
    expect(code).toBe(75);
    expect(stderr).toContain(`another server already serves ${dir}`);
    expect(first.child.exitCode).toBeNull();
  });

  test.each([
    ["writable by others", (dir: string) => (mkdirSync(dir), chmodSync(dir, 0o777))],
    ["a symbolic link", (dir: string) => (mkdirSync(`${dir}-target`), symlinkSync(`${dir}-target`, dir))],
    ["a file", (dir: string) => writeFileSync(dir, "")],
    ["below a file", (dir: string) => (writeFileSync(dir, ""), `${dir}/below`)],
  ])("refuses a directory that is %s", async (_name, make) => {
    const path = temporaryPath();
    const dir = make(path) ?? path;
    const { code, stderr } = await startDaemon(["--dir", dir]).ended;
    expect(code).toBe(78);
    expect(stderr).toMatch(/FATAL: .+/);
    expect(stderr).not.toContain("    at ");
  });
});
