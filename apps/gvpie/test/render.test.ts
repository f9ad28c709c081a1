import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { decodePng, encodePng, readCartridgeMetadata } from "@gvpie/cartridge";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

const HELLO = "TXT 10 10 Hello GPU\nHALT\n";

function directoryWith(files: Record<string, string | Uint8Array>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

describe("gvpie render", () => {
  test("renders x.pxl to x.png in its directory", async () => {
    const cwd = directoryWith({ "hello.pxl": HELLO });
    const { status, stdout, stderr } = await gvpie(["render", "hello.pxl"], { cwd });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/^wrote hello\.png, 128×64, \d+ bytes\n$/);
    expect(readCartridgeMetadata(readFileSync(join(cwd, "hello.png"))).gvpie).toMatchObject({
      program: HELLO,
      width: 128,
      height: 64,
    });
    expect(readdirSync(cwd).sort()).toEqual(["hello.png", "hello.pxl"]);
  });

  test("--json reports the file written", async () => {
    const cwd = directoryWith({ "a.b.pxl": "RECT 0 0 1 1\n" });
    const { status, stdout } = await gvpie(
      ["render", "a.b.pxl", "--width", "2", "--height=1", "--background", "#f00", "--json"],
      { cwd },
    );
    const pixels = Uint8Array.of(255, 255, 255, 255, 255, 0, 0, 255);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      file: "a.b.png",
      format: "png",
      bytes: statSync(join(cwd, "a.b.png")).size,
      width: 2,
      height: 1,
      animation: null,
      checksum: createHash("sha256").update(pixels).digest("hex"),
      backend: "cpu",
      adapter: "cpu",
      fallback: false,
      warnings: [],
    });
  });

  test("--format raw writes RGBA bytes to stdout", async () => {
    const { status, bytes } = await gvpie(
      ["render", "-", "--format", "raw", "--width", "2", "--height", "1"],
      {
        input: "RECT 1 0 1 1",
      },
    );
    expect(status).toBe(0);
    expect([...bytes]).toEqual([0, 0, 0, 255, 255, 255, 255, 255]);
  });

  test("renders, inspects and verifies through pipes", async () => {
    const rendered = await gvpie(["render", "-", "-o", "-"], { input: "TXT 1 1 hi\n" });
    const inspected = await gvpie(["inspect", "-", "--json"], { input: rendered.bytes });
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      file: "stdin",
      width: 128,
      height: 64,
      status: "verified",
      cartridge_type: "pixel",
      gvpie: { program: "TXT 1 1 hi\n", background: "#000000ff" },
    });
    const verified = await gvpie(["verify", "-"], { input: rendered.bytes });
    expect(verified).toMatchObject({ status: 0, stdout: "verified stdin\n" });
  });

  test("renders, records and verifies parameters", async () => {
    const input = "PARAM time 00:00\nPARAM ink white\nCOLOR {ink}\nTXT 1 1 {time}\n";
    const { bytes } = await gvpie(
      ["render", "-", "-o", "-", "--param", "time=a=b HALT", "--param=ink=#f80"],
      { input },
    );
    const { status, stdout } = await gvpie(["inspect", "-", "--json"], { input: bytes });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "verified",
      gvpie: { program: input, params: { time: "a=b HALT", ink: "#f80" } },
    });
    expect(await gvpie(["verify", "-"], { input: bytes })).toMatchObject({
      status: 0,
      stdout: "verified stdin\n",
    });
    const byHand = await gvpie(["render", "-", "--format", "raw"], {
      input: "COLOR #f80\nTXT 1 1 a=b HALT\n",
    });
    const drawn = await decodePng(bytes);
    expect(Buffer.compare(byHand.bytes, Buffer.from(drawn.data))).toBe(0);
  });

  test.each([
    { given: "time", status: 2, says: '--param: expected name=value, got "time"' },
    { given: "=1", status: 2, says: '--param: expected name=value, got "=1"' },
    { given: "day=1", status: 1, says: 'expected the name of a parameter of the program, got "day"' },
    { given: "time=1\nHALT", status: 1, says: "parameter time: expected no control characters, got U+000A" },
    {
      given: "size=99",
      status: 1,
      says: 'stdin:3:7: error: expected an integer from 1 to 64, got "99" in size',
    },
  ])("refuses --param $given", async ({ given, status, says }) => {
    const input = "PARAM time 0\nPARAM size 1\nSCALE {size}\nTXT 0 0 {time}\n";
    const ended = await gvpie(["render", "-", "-o", "-", "--param", given], { input });
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toContain(says);
  });

  test("a variable sets the canvas, and a flag overrides it", async () => {
    const env = { GVPIE_WIDTH: "3", GVPIE_HEIGHT: "5" };
    const { bytes } = await gvpie(["render", "-", "-o", "-", "--height", "2"], { input: "", env });
    expect(readCartridgeMetadata(bytes)).toMatchObject({ width: 3, height: 2 });
  });

  test("warns about a missing glyph, with its position", async () => {
    const { status, stderr } = await gvpie(["render", "-", "-o", "/dev/null"], { input: "TXT 0 0 a日\n" });
    expect(status).toBe(0);
    expect(stderr).toContain("stdin:1:10: warning: the font has no glyph for U+65E5 [RASTER_NO_GLYPH]");
  });

  test("writes no file if the program has errors", async () => {
    const cwd = directoryWith({ "bad.pxl": "TXT 1 1 hi\nRECT 1 2 x 4\n" });
    const { status, stdout, stderr } = await gvpie(["render", "bad.pxl"], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("bad.pxl:2:10: error:");
    expect(stderr).toContain("  2 | RECT 1 2 x 4\n    |          ^");
    expect(readdirSync(cwd)).toEqual(["bad.pxl"]);
  });

  test("--json prints an error as data", async () => {
    const { status, stdout } = await gvpie(["render", "-", "-o", "/dev/null", "--json"], { input: "FOO" });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "PXL_UNKNOWN_OPCODE", diagnostics: [{ line: 1, column: 1, severity: "error" }] },
    });
  });

  describe("does not overwrite", () => {
    test("a picture that is not a cartridge, unless -o names it", async () => {
      const photo = await encodePng({ width: 1, height: 1, data: new Uint8ClampedArray(4) });
      const cwd = directoryWith({ "photo.pxl": HELLO, "photo.png": photo });
      const refused = await gvpie(["render", "photo.pxl"], { cwd });
      expect(refused.status).toBe(1);
      expect(refused.stderr).toContain("photo.png exists and is not a cartridge");
      expect(readFileSync(join(cwd, "photo.png"))).toEqual(Buffer.from(photo));
      expect(await gvpie(["render", "photo.pxl", "-o", "photo.png"], { cwd })).toMatchObject({ status: 0 });
    });

    test("its own source", async () => {
      const cwd = directoryWith({ "x.png": HELLO });
      symlinkSync("x.png", join(cwd, "y.png"));
      for (const args of [["x.png", "-o", "x.png"], ["x.png", "-o", "y.png"], ["x.png"]]) {
        expect(await gvpie(["render", ...args], { cwd })).toMatchObject({ status: 1 });
      }
      expect(readFileSync(join(cwd, "x.png"), "utf8")).toBe(HELLO);
    });

    test("a device or a symbolic link", async () => {
      const cwd = directoryWith({ "x.pxl": HELLO, "old.png": "" });
      symlinkSync("old.png", join(cwd, "link.png"));
      expect(await gvpie(["render", "x.pxl", "-o", "/dev/null"], { cwd })).toMatchObject({ status: 0 });
      expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
      expect(await gvpie(["render", "x.pxl", "-o", "link.png"], { cwd })).toMatchObject({ status: 0 });
      expect(readdirSync(cwd).sort()).toEqual(["link.png", "old.png", "x.pxl"]);
      expect(statSync(join(cwd, "old.png")).size).toBeGreaterThan(0);
    });

    test("a file that it cannot replace", async () => {
      const cwd = directoryWith({ "x.pxl": HELLO });
      mkdirSync(join(cwd, "x.png"));
      const { status, stderr } = await gvpie(["render", "x.pxl", "-o", "x.png"], { cwd });
      expect(status).toBe(1);
      expect(stderr).toContain("cannot write x.png: it is a directory");
      expect(existsSync(join(cwd, "x.png"))).toBe(true);
    });
  });

  test.each([
    { name: "a canvas of 0", args: ["--width", "0"], status: 2, says: "whole number" },
    { name: "a canvas of 1.5", args: ["--width", "1.5"], status: 2, says: "whole number" },
    { name: 'a canvas of "8px"', args: ["--height", "8px"], status: 2, says: "whole number" },
    { name: "a canvas of 2³²", args: ["--width", "4294967296"], status: 2, says: "whole number" },
    { name: "too many pixels", args: ["--width", "4294967295"], status: 1, says: "limits.pixels" },
    { name: "an invalid colour", args: ["--background", "red"], status: 1, says: "red" },
    { name: "an unknown format", args: ["--format", "bmp"], status: 2, says: "png, raw, gif or webp" },
    { name: "JSON and a picture on stdout", args: ["--json"], status: 2, says: "--json writes to stdout" },
    { name: "a missing folder", args: ["-o", "no/such/x.png"], status: 1, says: "no such file or directory" },
    {
      name: "text that is not UTF-8",
      args: [],
      input: Uint8Array.of(0x80),
      status: 1,
      says: "stdin is not UTF-8 text",
    },
    {
      name: "a PNG",
      args: [],
      input: Buffer.from("\u0089PNG\r\n\u001a\n", "latin1"),
      status: 1,
      says: "got a PNG",
    },
  ])("refuses $name", async ({ args, input = "HALT", status, says }) => {
    const cwd = temporaryDirectory();
    const ended = await gvpie(["render", "-", ...args], { input, cwd });
    expect(ended).toMatchObject({ status, bytes: Buffer.alloc(0) });
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).not.toContain("    at ");
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each(["yesterday", "-1", "1e9", "\u001b[31m"])(
    "a SOURCE_DATE_EPOCH of %j is wrong usage",
    async (epoch) => {
      const env = { SOURCE_DATE_EPOCH: epoch };
      const { status, stderr } = await gvpie(["render", "-", "-o", "-"], { input: "HALT", env });
      expect(status).toBe(2);
      expect(stderr).toMatch(
        /^gvpie render: expected SOURCE_DATE_EPOCH in Unix seconds, got ".*"\nSee gvpie render --help\.\n$/,
      );
    },
  );

  test.each([
    ["missing.pxl", "cannot read missing.pxl: no such file or directory"],
    [".", "cannot read .: it is a directory"],
  ])("cannot read %s", async (path, says) => {
    const { status, stderr } = await gvpie(["render", path], { cwd: temporaryDirectory() });
    expect(status).toBe(1);
    expect(stderr).toContain(says);
  });
});
