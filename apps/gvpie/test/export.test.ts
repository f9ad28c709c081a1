// The exported code is compiled and run: C by cc, Python by python3.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packFrame } from "@gvpie/raster";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { identifierOf } from "../src/export/source-code.ts";
import { gvpie } from "./support/gvpie.ts";

const PROGRAM = "CANVAS 20 10\nCOLOR #3366ccff\nDISC 6 5 4\nTXT 9 2 ok\n";
const FRAME = renderProgram(PROGRAM);
const has = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

function directoryWithProgram(name = "my-logo.pxl"): string {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, name), PROGRAM);
  return cwd;
}

describe("gvpie export", () => {
  test.each([
    ["ssd1306", packFrame(FRAME, "ssd1306")],
    ["ppm", Buffer.concat([Buffer.from("P6\n20 10\n255\n"), packFrame(FRAME, "rgb")])],
    ["raw", new Uint8Array(FRAME.data)],
  ])("--format %s writes the bytes", async (format, expected) => {
    const cwd = directoryWithProgram();
    const result = await gvpie(["export", "my-logo.pxl", "--format", format, "-o", "out"], { cwd });
    expect(result).toMatchObject({ status: 0, stdout: "" });
    expect(result.stderr).toMatch(/^wrote out, 20×10, \d+ bytes of pixels as \w+\n$/);
    expect(readFileSync(join(cwd, "out")).equals(expected)).toBe(true);
  });

  test.skipIf(!has("cc"))("a C header compiles, and has the bytes", async () => {
    const cwd = directoryWithProgram();
    const args = ["export", "my-logo.pxl", "--format", "c-array", "--pixels", "rgb565", "-o", "my_logo.h"];
    expect(await gvpie(args, { cwd })).toMatchObject({ status: 0 });
    writeFileSync(
      join(cwd, "main.c"),
      `#include "my_logo.h"\n#include <stdio.h>
       int main(void) {
         printf("%d %d\\n", MY_LOGO_WIDTH, MY_LOGO_HEIGHT);
         for (unsigned i = 0; i < sizeof my_logo; i++) printf("%02x", my_logo[i]);
         return 0;
       }`,
    );
    execFileSync("cc", ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "main.c", "-o", "main"], {
      cwd,
    });
    const expected = Buffer.from(packFrame(FRAME, "rgb565")).toString("hex");
    expect(execFileSync(join(cwd, "main"), { encoding: "utf8" })).toBe(`20 10\n${expected}`);
  });

  test.skipIf(!has("python3"))("a Python module has the bytes", async () => {
    const cwd = directoryWithProgram();
    const { stdout } = await gvpie(["export", "my-logo.pxl", "--format", "python"], { cwd });
    writeFileSync(join(cwd, "logo.py"), stdout);
    const code = "import logo; print(logo.MY_LOGO_WIDTH, logo.MY_LOGO_HEIGHT, logo.MY_LOGO.hex())";
    const expected = Buffer.from(packFrame(FRAME, "ssd1306")).toString("hex");
    expect(execFileSync("python3", ["-c", code], { cwd, encoding: "utf8" })).toBe(`20 10 ${expected}\n`);
  });

  test("--frame chooses the frame of an animation", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.pxl"), "CANVAS 8 1\nFRAMES 3 100\nRECT frame 0 1 1\n");
    const args = ["export", "a.pxl", "--format", "raw", "--pixels", "epd-1bit", "--frame", "2", "-o", "out"];
    expect(await gvpie(args, { cwd })).toMatchObject({ status: 0 });
    expect(Array.from(readFileSync(join(cwd, "out")))).toEqual([0b0010_0000]);
  });

  test.each([
    [["--format", "bmp"], '--format: expected ssd1306, c-array, python, ppm or raw, got "bmp"'],
    [[], "expected --format with ssd1306, c-array, python, ppm, raw, got none"],
    [["--format", "ppm", "--pixels", "bgr"], "--pixels: ppm has its own layout"],
    [["--format", "raw", "--threshold", "9"], "--threshold needs one bit a pixel; rgba has more"],
    [["--format", "ssd1306", "--threshold", "257"], "--threshold: expected a whole number from 0 to 256"],
    [["--format", "raw", "--frame", "1"], "--frame: expected a whole number from 0 to 0"],
  ])("refuses %j", async (args, message) => {
    const cwd = directoryWithProgram();
    const { status, stderr } = await gvpie(["export", "my-logo.pxl", ...args, "-o", "out"], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

test.each([
  ["my-logo", "my_logo"],
  ["3d", "picture_3d"],
  ["for", "picture_for"],
  ["Ünïcode ☃", "n_code"],
  ["___", "picture"],
])("the constants of %s are named %s", (name, identifier) => {
  expect(identifierOf(name)).toBe(identifier);
});
