import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCartridgeMetadata } from "@gvpie/cartridge";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, onTestFinished, test } from "vitest";
import { gvpie, startGvpie } from "./support/gvpie.ts";

const ONE = "CANVAS 8 4\nRECT 1 1 4 2\n";

function directoryWith(files: Record<string, string>): string {
  const cwd = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(cwd, name, ".."), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
  return cwd;
}

describe("several programs", () => {
  test("are rendered, each beside its file", async () => {
    const cwd = directoryWith({ "a.pxl": ONE, "sub/b.pxl": ONE, "sub/c.pxl": "CANVAS 4 4\n" });
    const { status, stdout, stderr } = await gvpie(["render", "a.pxl", "sub/*.pxl"], { cwd });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr.trimEnd().split("\n").sort()).toEqual([
      expect.stringMatching(/^wrote a\.png, 8×4, \d+ bytes$/),
      expect.stringMatching(/^wrote sub\/b\.png, 8×4, \d+ bytes$/),
      expect.stringMatching(/^wrote sub\/c\.png, 4×4, \d+ bytes$/),
    ]);
    expect(readCartridgeMetadata(readFileSync(join(cwd, "sub/b.png"))).gvpie?.program).toBe(ONE);
  });

  test("go into a directory, in the order of the command line with --json", async () => {
    const cwd = directoryWith({ "b.pxl": ONE, "a.pxl": "CANVAS 4 4\n", "out/keep": "" });
    const { status, stdout } = await gvpie(["render", "b.pxl", "a.pxl", "-o", "out", "--json"], { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: "out/b.png", width: 8 },
      { file: "out/a.png", width: 4 },
    ]);
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(["a.png", "b.png", "keep"]);
  });

  test("one that fails does not stop the others", async () => {
    const cwd = directoryWith({ "a.pxl": "RECT 1\n", "b.pxl": ONE, "c.pxl": "SET x 1 / 0\n" });
    const { status, stdout, stderr } = await gvpie(
      ["render", "a.pxl", "b.pxl", "c.pxl", "none.pxl", "--json"],
      { cwd },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("a.pxl:1");
    expect(stderr).toContain("1 of 4 programs rendered");
    expect(JSON.parse(stdout)).toMatchObject([
      { program: "a.pxl", error: {} },
      { file: "b.png" },
      { program: "c.pxl", error: {} },
      { program: "none.pxl", error: { code: "READ_FAILED" } },
    ]);
  });

  test("a hundred give the bytes that each alone gives", async () => {
    const names = Array.from({ length: 100 }, (_, i) => `p${String(i).padStart(3, "0")}`);
    const cwd = directoryWith(
      Object.fromEntries(
        names.map((name, i) => [`${name}.pxl`, `TXT 1 1 ${i}\nCIRCLE 64 32 ${1 + (i % 30)}\n`]),
      ),
    );
    const env = { SOURCE_DATE_EPOCH: "0" };
    mkdirSync(join(cwd, "out"));
    expect(await gvpie(["render", "*.pxl", "-o", "out/"], { cwd, env })).toMatchObject({ status: 0 });
    expect(await gvpie(["render", "p042.pxl"], { cwd, env })).toMatchObject({ status: 0 });
    expect(readdirSync(join(cwd, "out"))).toHaveLength(100);
    expect(readFileSync(join(cwd, "out/p042.png")).equals(readFileSync(join(cwd, "p042.png")))).toBe(true);
  });

  test.each([
    [["a.pxl", "-"], "expected files, got - among several programs"],
    [["*.none"], 'expected a glob that names a file, got "*.none"'],
    [["a.pxl", "b.pxl", "-o", "x.png"], "-o: expected a directory for several programs, got x.png"],
    [["a.pxl", "b.pxl", "-o", "none/"], "-o: there is no directory none/"],
    [["a.pxl", "sub/a.pxl", "-o", "sub"], "-o: a.pxl and sub/a.pxl would both be written to sub/a.png"],
    [["a.pxl", "b.pxl", "--format", "raw"], "--format raw needs -o with a directory"],
    [["a.pxl", "--watch", "--json"], "--watch has no --json"],
  ])("%j is wrong usage", async (args, message) => {
    const cwd = directoryWith({ "a.pxl": ONE, "b.pxl": ONE, "sub/a.pxl": ONE });
    const { status, stderr } = await gvpie(["render", ...args], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(readdirSync(cwd).sort()).toEqual(["a.pxl", "b.pxl", "sub"]);
  });
});

test("--watch renders again after every way of saving, says what changed, and survives errors", async () => {
  const cwd = directoryWith({ "a.pxl": ONE });
  const watch = startGvpie(["render", "*.pxl", "--watch"], { cwd });
  onTestFinished(() => watch[Symbol.asyncDispose]());
  const says = (text: string): Promise<true> => waitUntil(() => watch.stderr.includes(text));
  await says("watching 1 program; Ctrl-C ends");

  writeFileSync(join(cwd, "a.pxl"), "CANVAS 8 4\nRECT 1 1 4 1\n");
  await says("a.pxl: 4 pixels changed, within 4×1 at 1,2");

  // As editors save: a new file under the same name, after a moment without one.
  renameSync(join(cwd, "a.pxl"), join(cwd, "a.pxl~"));
  writeFileSync(join(cwd, "a.tmp"), "CANVAS 8 4\nRECT 1 1 4 1\n# moved\n");
  renameSync(join(cwd, "a.tmp"), join(cwd, "a.pxl"));
  await says("a.pxl: the picture is unchanged");

  writeFileSync(join(cwd, "a.pxl"), "RECT 1\n");
  await says("a.pxl:1");
  writeFileSync(join(cwd, "a.pxl"), "CANVAS 4 4\n");
  await says("a.pxl: now 4×4 pixels");

  writeFileSync(join(cwd, "new.pxl"), ONE);
  await says("wrote new.png");
  expect(await watch.kill("SIGINT")).toBe(0);
});
