import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeAnimation, decodePng, readCartridgeMetadata } from "@gvpie/cartridge";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

function directoryWith(files: Record<string, string>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

describe("gvpie render of an animation", () => {
  const ANIMATION = "CANVAS 8 4 #123\nFRAMES 3 50\nCOLOR #f80\nRECT frame 0 1 4\n";

  test("becomes an animated cartridge of the canvas that the program sets", async () => {
    const cwd = directoryWith({ "a.pxl": ANIMATION });
    const { status, stderr } = await gvpie(["render", "a.pxl"], { cwd });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(/^wrote a\.png, 8×4, 3 frames, \d+ bytes\n$/),
    });
    const png = readFileSync(join(cwd, "a.png"));
    expect(readCartridgeMetadata(png).gvpie).toMatchObject({
      language: "2",
      width: 8,
      height: 4,
      background: "#112233ff",
      animation: { frames: 3, delayMs: 50 },
    });
    const columns: number[] = [];
    for await (const { data, delayMs } of decodeAnimation(png).frames()) {
      expect(delayMs).toBe(50);
      columns.push(Buffer.from(data).indexOf(Buffer.from("ff8800ff", "hex")) / 4);
    }
    expect(columns).toEqual([0, 1, 2]);
    expect(await gvpie(["verify", "a.png"], { cwd })).toMatchObject({
      stdout: "verified a.png\n",
      status: 0,
    });
    const inspected = await gvpie(["inspect", "a.png"], { cwd });
    expect(inspected.stdout).toContain("animation   3 frames of 50 ms");
  });

  test("a flag overrides its canvas", async () => {
    const { bytes } = await gvpie(["render", "-", "-o", "-", "--height", "9", "--background", "#fff"], {
      input: ANIMATION,
    });
    expect(readCartridgeMetadata(bytes).gvpie).toMatchObject({ width: 8, height: 9, background: "#fff" });
    expect(await gvpie(["verify", "-"], { input: bytes })).toMatchObject({ status: 0 });
  });

  test("--format raw is frame 0, and --frame another one", async () => {
    const raw = (args: string[]) => gvpie(["render", "-", "--format", "raw", ...args], { input: ANIMATION });
    const column = (bytes: Buffer) => bytes.indexOf(Buffer.from("ff8800ff", "hex")) / 4;
    const first = await raw([]);
    expect([first.bytes.length, column(first.bytes)]).toEqual([8 * 4 * 4, 0]);
    expect(column((await raw(["--frame", "2"])).bytes)).toBe(2);
    const alone = await gvpie(["render", "-", "-o", "-", "--frame", "2"], { input: ANIMATION });
    expect(() => readCartridgeMetadata(alone.bytes)).toThrow("it was not a cartridge");
    expect(column(Buffer.from((await decodePng(alone.bytes)).data))).toBe(2);
  });

  test.each([
    {
      args: ["--frame", "3", "-o", "-"],
      status: 1,
      says: "expected frame as an integer from 0 to 2, got 3",
    },
    { args: ["--frame", "1"], status: 2, says: "name the file with -o" },
    { args: ["--frame", "1", "--format", "gif"], status: 2, says: "--frame needs --format png or raw" },
    {
      args: ["--width", "9999", "--height", "1000", "-o", "-"],
      status: 1,
      says: "got 3 frames of 9999 × 1000",
    },
  ])("refuses $args", async ({ args, status, says }) => {
    const ended = await gvpie(["render", "-", ...args], { input: ANIMATION });
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toContain(says);
  });

  test("as a GIF and as a WebP has the same pixels and times", async () => {
    const cwd = directoryWith({ "a.pxl": ANIMATION });
    const rendered = await gvpie(["render", "a.pxl", "-o", "a.png"], { cwd });
    expect(rendered.status).toBe(0);
    const expected: Buffer[] = [];
    for await (const { data } of decodeAnimation(readFileSync(join(cwd, "a.png"))).frames()) {
      expected.push(Buffer.from(data));
    }
    for (const format of ["gif", "webp"]) {
      const { status, stderr } = await gvpie(["render", "a.pxl", "--format", format], { cwd });
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.stringMatching(`^wrote a\\.${format}, 8×4, 3 frames, \\d+ bytes\n$`),
      });
      const picture = sharp(join(cwd, `a.${format}`), { pages: -1 }).ensureAlpha();
      expect(await picture.metadata()).toMatchObject({ pages: 3, delay: [50, 50, 50], loop: 0 });
      expect(await picture.raw().toBuffer()).toEqual(Buffer.concat(expected));
      const again = await gvpie(["render", "a.pxl", "--format", format], { cwd });
      expect(again.stderr).toContain(`a.${format} exists; name it with -o to replace it`);
    }
  });

  test("a GIF of more than 256 colours says that they are reduced", async () => {
    const cwd = directoryWith({
      "a.pxl": "CANVAS 400 1\nFILL 0 0 400 1 #000 #0af right\nFILL 200 0 200 1 #fff #f00 right\n",
    });
    const { stderr } = await gvpie(["render", "a.pxl", "--format", "gif"], { cwd });
    expect(stderr).toContain(
      "a GIF has 256 colours a frame: the picture has more, and the colours are reduced\n",
    );
  });
});
