import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePng } from "@gvpie/cartridge";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

const ONE = "CANVAS 8 4\nRECT 1 1 4 2\n";

function directoryWith(files: Record<string, string>): string {
  const cwd = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
  return cwd;
}

test("a cartridge and its program are the same", async () => {
  const cwd = directoryWith({ "one.pxl": ONE });
  await gvpie(["render", "one.pxl"], { cwd });
  expect(await gvpie(["diff", "one.png", "one.pxl"], { cwd })).toMatchObject({
    status: 0,
    stdout: "one.png and one.pxl are the same: 8×4 pixels\n",
    stderr: "",
  });
});

test("other pixels are counted, located and drawn", async () => {
  const cwd = directoryWith({ "one.pxl": ONE, "other.pxl": "CANVAS 8 4\nRECT 2 1 4 2\n" });
  const { status, stdout } = await gvpie(["diff", "one.pxl", "other.pxl", "-o", "d.png", "--json"], { cwd });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    same: false,
    explanation: "differ in 4 of 32 pixels; first at 1,1: #ffffffff and #000000ff; all within 5×2 at 1,1",
    frame: 0,
    difference: {
      pixels: 4,
      first: { x: 1, y: 1, colors: ["#ffffffff", "#000000ff"] },
      box: { x: 1, y: 1, width: 5, height: 2 },
      largest: 255,
    },
  });
  const { data } = await decodePng(readFileSync(join(cwd, "d.png")));
  const row = Array.from({ length: 8 }, (_, x) =>
    Array.from(data.subarray((8 + x) * 4, (8 + x) * 4 + 3)).join(),
  );
  const [dark, grey, lost, gained] = ["0,0,0", "63,63,63", "255,64,64", "64,224,96"];
  expect(row).toEqual([dark, lost, grey, grey, grey, gained, dark, dark]);
});

test("animations are compared frame by frame, with their times", async () => {
  const cwd = directoryWith({
    "a.pxl": "CANVAS 4 1\nFRAMES 3 100\nRECT frame 0 1 1\n",
    "b.pxl": "CANVAS 4 1\nFRAMES 3 100\nRECT {min(frame+frame/2,3)} 0 1 1\n",
    "slow.pxl": "CANVAS 4 1\nFRAMES 3 200\nRECT frame 0 1 1\n",
    "short.pxl": "CANVAS 4 1\nFRAMES 2 100\nRECT frame 0 1 1\n",
  });
  await gvpie(["render", "a.pxl"], { cwd });
  const words = async (other: string): Promise<string> =>
    (await gvpie(["diff", "a.png", other], { cwd })).stdout.replace(/^a\.png and \S+ /, "").trimEnd();
  expect(await words("a.pxl")).toBe("are the same: 4×1 pixels in 3 frames");
  expect(await words("b.pxl")).toMatch(/^differ in frame 2 in 2 of 4 pixels; first at 2,0/);
  expect(await words("slow.pxl")).toBe("differ in frame 0: it is shown for 100 and 200 ms");
  expect(await words("short.pxl")).toBe("differ: they have 3 and 2 frames");
});

test("pictures of other sizes differ", async () => {
  const cwd = directoryWith({ "one.pxl": ONE, "other.pxl": "CANVAS 4 4\n" });
  expect(await gvpie(["diff", "one.pxl", "other.pxl", "-o", "d.png"], { cwd })).toMatchObject({
    status: 1,
    stderr: "gvpie diff: no picture was written, because the difference is not one of pixels\n",
    stdout: "one.pxl and other.pxl differ: they have 8×4 pixels and 4×4 pixels\n",
  });
});

test.each([
  ["a missing file", ["one.pxl", "none.png"], 3, /cannot read none\.png/],
  ["a program with an error", ["one.pxl", "bad.pxl"], 3, /bad\.pxl/],
  ["one argument", ["one.pxl"], 2, /expected <png\|pxl\|-> <png\|pxl\|->, got "one\.pxl"/],
  ["stdin twice", ["-", "-"], 2, /expected a file and -, got - twice/],
])("%s is no verdict", async (_, args, status, message) => {
  const cwd = directoryWith({ "one.pxl": ONE, "bad.pxl": "RECT 1\n" });
  const result = await gvpie(["diff", ...args], { cwd });
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(message);
});
