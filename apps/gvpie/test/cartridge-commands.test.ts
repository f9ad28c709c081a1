import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePng, encodeCartridge, encodePng } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

const PROGRAM = "TXT 10 10 Hello GPU\nHALT\n";
const cartridge = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, engine: "raster-cpu" });
const plain = await encodePng(renderProgram(PROGRAM));
const otherProgram = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT\n" });
const altered = await alterPixel();

/** The texts of `cartridge` with different pixels. */
async function alterPixel(): Promise<Uint8Array> {
  const frame = renderProgram(PROGRAM);
  frame.data.set([255, 255, 255, 255], 0);
  const png = await encodePng(frame);
  const { start, texts } = splitAtPixels(cartridge);
  const mine = splitAtPixels(png);
  expect(start).toEqual(mine.start);
  return Buffer.concat([start, texts, mine.pixels]);
}

/** Splits a PNG into signature and header, the chunks before the first IDAT, and the rest. */
function splitAtPixels(png: Uint8Array): { start: Buffer; texts: Buffer; pixels: Buffer } {
  const bytes = Buffer.from(png);
  const headerEnd = 8 + 25;
  let at = headerEnd;
  while (bytes.toString("latin1", at + 4, at + 8) !== "IDAT") at += 12 + bytes.readUInt32BE(at);
  return {
    start: bytes.subarray(0, headerEnd),
    texts: bytes.subarray(headerEnd, at),
    pixels: bytes.subarray(at),
  };
}

function directoryOfCartridges(): string {
  const cwd = temporaryDirectory();
  const broken = Uint8Array.from(cartridge);
  broken[broken.length - 20] = (broken[broken.length - 20] ?? 0) ^ 1;
  for (const [name, bytes] of Object.entries({
    "good.png": cartridge,
    "plain.png": plain,
    "other.png": otherProgram,
    "altered.png": altered,
    "truncated.png": cartridge.subarray(0, cartridge.length - 30),
    "crc.png": broken,
    "text.png": Buffer.from("hello"),
  })) {
    writeFileSync(join(cwd, name), bytes);
  }
  return cwd;
}

describe("gvpie verify", () => {
  test.each([
    ["good.png", 0, "verified", ""],
    ["altered.png", 1, "checksum-mismatch", "The pixels do not match the checksum"],
    ["other.png", 1, "not-reproducible", "pixels differ"],
    ["plain.png", 1, "stripped", "no checksum"],
    ["truncated.png", 1, "unreadable", ""],
    ["crc.png", 1, "unreadable", "CRC"],
    ["text.png", 1, "unreadable", "PNG"],
    ["missing.png", 1, "unreadable", "no such file"],
  ])("%s exits with %i: %s", async (file, exitCode, status, says) => {
    const ended = await gvpie(["verify", file], { cwd: directoryOfCartridges() });
    expect(ended).toMatchObject({ status: exitCode, stderr: "" });
    expect(ended.stdout.startsWith(`${status} ${file}`)).toBe(true);
    expect(ended.stdout).toContain(says);
  });

  test("exits with 1 if one of several files fails, and lists each file", async () => {
    const { status, stdout } = await gvpie(["verify", "good.png", "text.png", "good.png", "--json"], {
      cwd: directoryOfCartridges(),
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: "good.png", status: "verified" },
      { file: "text.png", status: "unreadable", code: "CARTRIDGE_NOT_PNG" },
      { file: "good.png", status: "verified" },
    ]);
  });
});

describe("gvpie inspect", () => {
  test("prints a cartridge as text", async () => {
    const { status, stdout } = await gvpie(["inspect", "good.png"], { cwd: directoryOfCartridges() });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^file +good\.png\npicture +128×64, \d+ bytes\nstatus +verified: /);
    expect(stdout.endsWith("program, language 1:\n  TXT 10 10 Hello GPU\n  HALT\n")).toBe(true);
  });

  test("accepts a PNG that is not a cartridge", async () => {
    const { status, stdout } = await gvpie(["inspect", "plain.png", "--json"], {
      cwd: directoryOfCartridges(),
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ width: 128, status: "stripped", checksum: null, gvpie: null });
  });

  test("refuses a file that is not a PNG", async () => {
    const { status, stdout, stderr } = await gvpie(["inspect", "text.png", "--json"], {
      cwd: directoryOfCartridges(),
    });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "CARTRIDGE_NOT_PNG" } });
    expect(stderr).toMatch(/^gvpie inspect: .*PNG/);
  });

  test("escapes control characters in a file's texts", async () => {
    const hostile = await encodeCartridge(renderProgram("HALT"), {
      program: "# \u001b[2J\u202e\nHALT\n",
      engine: "\u001b]0;x\u0007",
    });
    const { stdout } = await gvpie(["inspect", "-"], { input: hostile });
    expect(stdout).not.toContain("\u001b");
    expect(stdout).not.toContain("\u202e");
  });
});

test("the altered file differs in one pixel", async () => {
  const before = renderProgram(PROGRAM).data;
  const after = (await decodePng(altered)).data;
  expect(after.filter((byte, i) => byte !== before[i])).toHaveLength(3);
});
