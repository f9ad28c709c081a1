import { issueCapability, createKey, inspectCapability, publicKeyOf } from "@gvpie/capability";
import { encodeCartridge } from "@gvpie/cartridge";
import { openReader, openStore, type Script } from "@gvpie/daemon/store";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";
import { gvpieSession } from "./support/session.ts";

const PROGRAM = "PARAM size 4\nPARAM name x\nRECT 0 0 {size} 4\nTXT 9 0 {name}\n";
let cwd: string;

beforeEach(async () => {
  cwd = temporaryDirectory();
  await using store = await openStore({ path: join(cwd, "db/daemon.db"), synchronous: "normal" });
  const options = { width: 32, intervalMs: 5000, params: { size: "9" } };
  await store.addScript({ name: "panel", lang: "pixel", code: PROGRAM, options });
});

async function issue(purpose: string): Promise<string> {
  const limits = { audience: ["A".repeat(43)], purpose };
  return issueCapability({ rootKey: await createKey(), to: publicKeyOf(await createKey()), limits });
}

function leafOf(text: string): Promise<string | undefined> {
  return inspectCapability(text).then(({ blocks }) => blocks.at(-1)?.id);
}

const set = (...args: string[]): ReturnType<typeof gvpie> =>
  gvpie(["scripts", "set", "panel", ...args], { cwd });

async function stored(name = "panel"): Promise<Script> {
  await using store = await openReader({ path: join(cwd, "db/daemon.db") });
  return store.getScript(name);
}

describe("gvpie scripts set", () => {
  test("changes what is given, keeps the rest, and prints what changed", async () => {
    expect(await set("--width", "64", "--param", "name=a=b")).toMatchObject({
      status: 0,
      stdout: "",
      stderr: 'panel: width is 64, was 32\npanel: parameter name is "a=b", was none\n',
    });
    expect(await stored()).toMatchObject({
      code: PROGRAM,
      options: { width: 64, intervalMs: 5000, params: { size: "9", name: "a=b" } },
    });
    const { stderr } = await set("--width", "none", "--param", "none", "--interval", "9");
    expect(stderr).toBe(
      [
        "panel: interval is 9s, was 5s",
        "panel: width is none, was 64",
        'panel: parameter name is none, was "a=b"',
        'panel: parameter size is none, was "9"',
        "",
      ].join("\n"),
    );
    expect((await stored()).options).toEqual({ intervalMs: 9000 });
  });

  test("replaces the code, and checks it with the options that the script has then", async () => {
    writeFileSync(join(cwd, "new.pxl"), "PARAM size 1\nRECT 0 0 {size} 1\n");
    expect(await set("--code", "new.pxl")).toMatchObject({
      status: 0,
      stderr: "panel: code is 31 bytes, was 59 bytes\n",
    });
    expect(await gvpie(["scripts", "set", "panel", "--code", "-"], { cwd, input: "HALT\n" })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('got "size"'),
    });
    expect(
      await gvpie(["scripts", "set", "panel", "--code", "-", "--param", "none"], { cwd, input: "HALT\n" }),
    ).toMatchObject({ status: 0 });
    expect(await stored()).toMatchObject({ code: "HALT\n", options: { width: 32, intervalMs: 5000 } });
  });

  test("gives a script a capability, names its last block, and takes it away", async () => {
    const first = await issue("clock");
    writeFileSync(join(cwd, "first.cap"), `${first}\n`);
    expect(await set("--capability", "first.cap")).toMatchObject({
      stderr: `panel: capability is ${await leafOf(first)} (clock), was none\n`,
    });
    expect((await stored()).options).toEqual({
      width: 32,
      intervalMs: 5000,
      params: { size: "9" },
      capability: first,
    });
    expect(await set("--capability", "first.cap")).toMatchObject({
      status: 0,
      stderr: "panel: nothing changed\n",
    });
    expect((await set("--capability", "none")).stderr).toContain("panel: capability is none, was ");
    expect((await stored()).options).not.toHaveProperty("capability");
  });

  test("two at the same time, of different options, both stay", async () => {
    const ended = await Promise.all([set("--width", "40"), set("--height", "41"), set("--interval", "42")]);
    expect(ended.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect((await stored()).options).toMatchObject({ width: 40, height: 41, intervalMs: 42_000 });
  });

  test("refuses wrong options, and changes nothing", async () => {
    writeFileSync(join(cwd, "bad.cap"), "not.a.capability\n");
    writeFileSync(join(cwd, "key"), JSON.stringify(await createKey()));
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
    writeFileSync(join(cwd, "x.png"), png);
    const before = await stored();
    const cases = [
      { args: [], status: 2, says: "expected an option to change" },
      { args: ["--param", "none", "--param", "a=1"], status: 2, says: "expected `none` alone" },
      { args: ["--param", "sise=1"], status: 1, says: 'got "sise"' },
      { args: ["--background", "teal"], status: 1, says: "background: expected" },
      { args: ["--capability", "missing.cap"], status: 1, says: "missing.cap" },
      { args: ["--capability", "bad.cap"], status: 1, says: "expected" },
      {
        args: ["--capability", "key"],
        status: 1,
        says: "expected a capability, as gvpie capability issue writes it, got a private key",
      },
      { args: ["--capability", "-"], status: 2, says: "expected the file of a capability, got -" },
      { args: ["--code", "x.png"], status: 2, says: "expected the code of a pixel script, got a PNG" },
    ];
    const results = await gvpieSession(
      cases.map(({ args }) => ["scripts", "set", "panel", ...args]),
      { cwd },
    );
    for (const [i, { args, status, says }] of cases.entries()) {
      expect({ args, ...results[i] }).toEqual({
        args,
        status,
        stdout: "",
        stderr: expect.stringContaining(says),
      });
      expect(results[i]?.stderr).not.toContain("    at ");
    }
    expect(await stored()).toEqual(before);
  });
});

test("gvpie scripts add stores a capability; a malformed one adds nothing", async () => {
  const text = await issue("clock");
  writeFileSync(join(cwd, "good.cap"), text);
  writeFileSync(join(cwd, "bad.cap"), `${text}~`);
  const add = (name: string, path: string): ReturnType<typeof gvpie> =>
    gvpie(["scripts", "add", name, "-", "--capability", path], { cwd, input: "HALT\n" });
  expect(await add("good", "good.cap")).toMatchObject({ status: 0 });
  expect(await add("bad", "bad.cap")).toMatchObject({ status: 1 });
  const { stdout } = await gvpie(["scripts", "show", "good", "--json"], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ options: { capability: text } });
  await expect(stored("bad")).rejects.toMatchObject({ code: "STORE_NO_SCRIPT" });
});

test("gvpie runs show and list print the capability of a run", async () => {
  const store = await openStore({ path: join(cwd, "db/daemon.db") });
  const terms = { intervalMs: 1000, leaseMs: 60_000 };
  const [claimed] = await store.claimScripts([2], terms);
  const capability = { root: "first block", leaf: "last block" };
  const outcome = { success: true, stdout: "", stderr: "", durationMs: 12, capability };
  await store.finishRuns([{ runId: claimed?.runId ?? 0, ...outcome }], terms);
  await store.close();
  const { stdout } = await gvpie(["runs", "show", "1"], { cwd });
  expect(stdout).toMatch(/\nroot +first block\nleaf +last block\n/);
  const listed = await gvpie(["runs", "list", "--json"], { cwd });
  expect(JSON.parse(listed.stdout)).toMatchObject([{ capability }]);
});
