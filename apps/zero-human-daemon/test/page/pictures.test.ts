import { decodeAnimation, decodePng, encodeAnimation, encodeCartridge } from "@gvpie/cartridge";
import type { PictureFile } from "@gvpie/daemon/store";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { createPictures, readCartridgeFile, reencode } from "../../src/page/pictures.ts";

const PROGRAM = "RECT 1 1 4 4\n";

function fileOf(folder: string, key: string, changes: Partial<PictureFile> = {}): PictureFile {
  const root = pathToFileURL(folder).href;
  return { id: 1, root, host: hostname(), key, scriptId: 1, firstRunId: 1, lastRunId: 1, ...changes };
}

async function still(): Promise<Uint8Array> {
  return encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
}

describe("the file of a cartridge", () => {
  test("is read below its root", async () => {
    const folder = temporaryDirectory();
    const file = Buffer.from(await still());
    writeFileSync(join(folder, "a.png"), file);
    expect(file.equals(await readCartridgeFile(fileOf(folder, "a.png")))).toBe(true);
  });

  test.each([
    ["../secret.png", "expected the name of a PNG in the folder"],
    ["/etc/passwd", "expected the name of a PNG in the folder"],
    ["sub/a.png", "expected the name of a PNG in the folder"],
    ["..", "expected the name of a PNG in the folder"],
    [".hidden.png", "expected the name of a PNG in the folder"],
    ["a\0.png", "expected the name of a PNG in the folder"],
    ["passwd", "expected the name of a PNG in the folder"],
    ["link.png", "expected a regular file, got a link"],
    ["gone.png", "the file was removed"],
    ["fifo.png", "expected a regular file, got another kind"],
    ["folder.png", "expected a regular file, got another kind"],
    ["large.png", "expected at most 33554432 bytes, got 33554433"],
  ])("with the key %j is refused", async (key, message) => {
    const parent = temporaryDirectory();
    const folder = join(parent, "cartridges");
    mkdirSync(join(folder, "sub"), { recursive: true });
    mkdirSync(join(folder, "folder.png"));
    for (const path of ["secret.png", "cartridges/sub/a.png", "cartridges/large.png"]) {
      writeFileSync(join(parent, path), await still());
    }
    symlinkSync(join(parent, "secret.png"), join(folder, "link.png"));
    truncateSync(join(folder, "large.png"), 33_554_433);
    execFileSync("mkfifo", [join(folder, "fifo.png")]);
    await expect(readCartridgeFile(fileOf(folder, key))).rejects.toThrow(message);
  });

  test.each([
    [{ root: undefined }, "its folder is not recorded"],
    [{ host: "elsewhere" }, "its folder is on another host, elsewhere"],
    [{ root: "http://example.org/" }, "it cannot be read"],
    [{ root: "file://host/etc" }, "it cannot be read"],
  ])("of a root %j is refused", async (changes, message) => {
    await expect(readCartridgeFile(fileOf("/", "a.png", changes))).rejects.toThrow(message);
  });
});

describe("a picture", () => {
  test("is encoded again: nothing of the file but its pixels remains", async () => {
    const file = await still();
    const again = await reencode(Buffer.concat([file, Buffer.from("<script>")]).subarray(0, file.length));
    expect(Buffer.from(again).includes("gvpie")).toBe(false);
    expect((await decodePng(again)).data).toEqual(renderProgram(PROGRAM).data);
  });

  test("that is an animation keeps its frames", async () => {
    const program = "FRAMES 3 40\nRECT {frame} 0 1 1\n";
    const file = await encodeAnimation(renderFrames(program), { program, language: "2" });
    expect(decodeAnimation(await reencode(file)).frameCount).toBe(3);
  });

  test.each([
    ["HTML", Buffer.from("<html><script>alert(1)</script>")],
    ["nothing", Buffer.alloc(0)],
  ])("that is %s is refused", async (_, file) => {
    await expect(reencode(file)).rejects.toThrow("it is not a valid PNG");
  });

  test("is made once for requests at the same time, and kept", async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, "a.png"), await still());
    const pictures = createPictures();
    const file = fileOf(folder, "a.png");
    const [one, two] = await Promise.all([pictures.get(file), pictures.get(file)]);
    expect(one).toBe(two);
    expect(await pictures.get(file)).toBe(one);
  });
});
