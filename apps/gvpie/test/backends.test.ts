import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { decodeCartridge, encodeCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import type { ProcessRasterizer } from "@gvpie/raster-webgpu/process";
import { noDriver, requireDriver, type DriverName } from "@gvpie/testing/gpu-drivers";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, onTestFinished, test, type TestContext } from "vitest";
import { openAdapter } from "../src/backends.ts";
import { gvpie } from "./support/gvpie.ts";

const PROGRAM = "PARAM who GPU\nCOLOR #ff880080\nDISC 20 20 15\nTXT 10 10 Hello {who}\n";
const DRIVERS: readonly DriverName[] = ["swiftshader", "lavapipe"];
const NAMES: Readonly<Record<DriverName, RegExp>> = { swiftshader: /^SwiftShader/, lavapipe: /^llvmpipe/ };

/** An environment in which a process sees both drivers. */
function bothDrivers(context: TestContext): NodeJS.ProcessEnv {
  const [one, other] = DRIVERS.map((name) => requireDriver(context, name));
  const joined = Object.fromEntries(
    ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "LD_LIBRARY_PATH"].map((name) => [
      name,
      `${one?.[name]}${delimiter}${other?.[name]}`,
    ]),
  );
  return { ...one, ...joined };
}

describe.for(DRIVERS)("on %s", (driver) => {
  test("renders the CPU's bytes, and names the adapter", { timeout: 120_000 }, async (context) => {
    const env = requireDriver(context, driver);
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), PROGRAM);
    const args = ["render", "a.pxl", "--backend", "webgpu", "--param", "who=you", "--width", "99", "--json"];
    const { status, stdout } = await gvpie(args, { cwd, env });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      backend: "webgpu",
      adapter: expect.stringMatching(NAMES[driver]),
      fallback: true,
      warnings: [],
    });
    const { frame, metadata } = await decodeCartridge(readFileSync(join(cwd, "a.png")));
    const onCpu = renderProgram(PROGRAM, { width: 99, params: { who: "you" } });
    expect(Buffer.compare(Buffer.from(frame.data), Buffer.from(onCpu.data))).toBe(0);
    expect(metadata.gvpie).toMatchObject({ engine: "raster-webgpu", params: { who: "you" } });
  });
});

test("an adapter reports the position of a program's error", { timeout: 120_000 }, async (context) => {
  const env = requireDriver(context, "swiftshader");
  const ended = await gvpie(["render", "-", "--backend", "webgpu", "-o", "/dev/null"], {
    input: "SET a 1\nDIV a 0\n",
    env,
  });
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain("stdin:2:1: error: expected a divisor other than 0, got 1 DIV 0");
});

test("verify lists every backend and adapter with its result", { timeout: 120_000 }, async (context) => {
  const env = bothDrivers(context);
  const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
  const text = await gvpie(["verify", "-", "--backend", "all"], { input: good, env });
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(
    /^verified stdin\n {2}cpu +verified\n {2}webgpu {2}SwiftShader[^\n]*, software +verified\n {2}webgpu {2}llvmpipe[^\n]*, software +verified\n$/,
  );
  const wrong = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT\n", language: "1" });
  const json = await gvpie(["verify", "-", "--backend", "all", "--json"], { input: wrong, env });
  expect(json.status).toBe(1);
  const status = "not-reproducible";
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      file: "stdin",
      status,
      backends: [
        { backend: "cpu", adapter: "cpu", fallback: false, status },
        { backend: "webgpu", adapter: expect.stringMatching(NAMES.swiftshader), fallback: true, status },
        { backend: "webgpu", adapter: expect.stringMatching(NAMES.lavapipe), fallback: true, status },
      ],
    },
  ]);
  const named = await gvpie(["verify", "-", "--backend", "webgpu", "--adapter", "LLVM", "--json"], {
    input: good,
    env,
  });
  expect(JSON.parse(named.stdout)).toMatchObject([
    { status: "verified", backends: [{ adapter: expect.stringMatching(NAMES.lavapipe) }] },
  ]);
});

test("doctor lists every adapter with the result of its self-test", { timeout: 120_000 }, async (context) => {
  const env = bothDrivers(context);
  const cwd = temporaryDirectory();
  const { status, stdout } = await gvpie(["doctor", "--dir", join(cwd, "d"), "--db", "x.db", "--json"], {
    cwd,
    env,
  });
  expect(status).toBe(0);
  const adapters = (JSON.parse(stdout) as { name: string }[]).filter(({ name }) => name === "adapter");
  expect(adapters).toMatchObject([
    { status: "ok", adapter: expect.stringMatching(NAMES.swiftshader), fallback: true },
    { status: "ok", adapter: expect.stringMatching(NAMES.lavapipe), fallback: true },
  ]);
});

test(
  "the death of an adapter is an error, without a fallback to the CPU",
  { timeout: 120_000 },
  async (context) => {
    const before = { ...process.env };
    onTestFinished(() => {
      process.env = before;
    });
    process.env = requireDriver(context, "swiftshader");
    const rasterizer = (await openAdapter(undefined)) as ProcessRasterizer;
    onTestFinished(() => rasterizer.close());
    process.kill(rasterizer.pid ?? 0, "SIGKILL");
    await expect(rasterizer.render(PROGRAM)).rejects.toMatchObject({
      code: "RASTER_BACKEND",
      message: expect.stringContaining("the adapter failed"),
    });
  },
);

test("an adapter that fails is reported as backend-failed", { timeout: 120_000 }, async (context) => {
  const cwd = temporaryDirectory();
  // Ends the adapter's process at its start.
  const preload = join(cwd, "end.mjs");
  writeFileSync(preload, 'if (process.argv[1]?.includes("child-main")) process.exit(3);\n');
  const env = { ...requireDriver(context, "swiftshader"), NODE_OPTIONS: `--import=${preload}` };
  const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
  const status = "backend-failed";

  const text = await gvpie(["verify", "-", "--backend", "all"], { cwd, env, input: good });
  // The failure of a backend is not a verdict on the file.
  expect(text.status).toBe(3);
  expect(text.stdout).toMatch(
    /^backend-failed stdin\n {2}cpu +verified\n {2}webgpu +SwiftShader.* backend-failed +\S/,
  );
  const json = await gvpie(["verify", "-", "--backend", "all", "--json"], { cwd, env, input: good });
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      status,
      backends: [
        { backend: "cpu", status: "verified" },
        { backend: "webgpu", status },
      ],
    },
  ]);
  const doctor = await gvpie(["doctor", "--dir", "shared", "--db", "x.db", "--json"], { cwd, env });
  expect(doctor.status).toBe(1);
  expect(JSON.parse(doctor.stdout)).toContainEqual(
    expect.objectContaining({ name: "adapter", status: "bad", fallback: true }),
  );
});

describe("without an adapter", () => {
  const env = noDriver();
  const good = encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });

  test("render --backend webgpu names the package to install", async () => {
    const ended = await gvpie(["render", "-", "-o", "-", "--backend", "webgpu"], { input: PROGRAM, env });
    expect(ended).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("install") });
  });

  test("verify --backend webgpu gives no verdict, and names the package to install", async () => {
    const ended = await gvpie(["verify", "-", "--backend", "webgpu"], { input: await good, env });
    expect(ended).toMatchObject({ status: 3, stdout: expect.stringMatching(/^backend-failed .*install/s) });
  });

  test("verify --backend all verifies on the CPU alone, with a message", async () => {
    const { status, stdout, stderr } = await gvpie(["verify", "-", "--backend", "all"], {
      input: await good,
      env,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^verified stdin\n {2}cpu +verified\n$/);
    expect(stderr).toContain("there is no WebGPU adapter");
    const named = await gvpie(["verify", "-", "--backend", "all", "--adapter", "x"], {
      input: await good,
      env,
    });
    expect(named.status).toBe(3);
  });

  test.each([
    [["render", "-", "--adapter", "x"], "--adapter needs --backend webgpu"],
    [["verify", "-", "--adapter", "x"], "--adapter needs --backend webgpu or all"],
    [["render", "-", "--backend", "gpu"], 'expected cpu or webgpu, got "gpu"'],
  ])("%j is wrong usage", async (args, says) => {
    expect(await gvpie(args, { env })).toMatchObject({ status: 2, stderr: expect.stringContaining(says) });
  });
});
