import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePng, encodeCartridge, encodePng, type Frame, readCartridgeMetadata } from "@gvpie/cartridge";
import { chunk, chunksOf, pngOf } from "@gvpie/cartridge/test-support";
import { renderProgram } from "@gvpie/raster-cpu";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { describe, expect, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

const PROGRAM = "TXT 10 10 Hello GPU\nHALT\n";
const cartridge = await encodeCartridge(renderProgram(PROGRAM), {
  program: PROGRAM,
  language: "1",
  engine: "raster-cpu",
});
const plain = await encodePng(renderProgram(PROGRAM));
const otherProgram = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT\n", language: "1" });
const altered = await alterPixel();
const newer = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "999" });
const longProgram = "SET i 0\nl:\nADD i 1\nIF i < 1200000 l\n";
const long = await encodeCartridge(renderProgram("HALT\n"), {
  program: longProgram,
  language: "1",
  limits: { fuel: 2_400_004 },
});
const turned = turn(cartridge);
const blue = renderProgram(PROGRAM, { background: "#0000ffff" });

/** Adds an orientation: viewers turn the picture by 90°. */
function turn(png: Uint8Array): Uint8Array {
  const tiff = [77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const [header, ...rest] = chunksOf(png);
  return header === undefined ? png : pngOf([header, chunk("eXIf", tiff), ...rest]);
}

/** Returns a copy with each pixel as a square of 3×3. */
function enlarge({ width, height, data }: Frame): Frame {
  const pixels = new Uint32Array(data.buffer.slice(0));
  const large = Uint32Array.from({ length: width * height * 9 }, (_, i) => {
    const [x, y] = [i % (width * 3), Math.floor(i / (width * 3))];
    return pixels[Math.floor(y / 3) * width + Math.floor(x / 3)] ?? 0;
  });
  return { width: width * 3, height: height * 3, data: new Uint8ClampedArray(large.buffer) };
}

/** Returns the pixels of a PNG with the texts of `cartridge`. */
function withTexts(png: Uint8Array): Uint8Array {
  const [header, ...rest] = chunksOf(png);
  const texts = chunksOf(cartridge).filter(({ type }) => type === "tEXt");
  return header === undefined ? png : pngOf([header, ...texts, ...rest]);
}

const plainEnlarged = await encodePng(enlarge(renderProgram(PROGRAM)));
const files: Readonly<Record<string, Uint8Array>> = {
  "turned.png": turned,
  "plain-turned.png": turn(plain),
  "newer.png": newer,
  "long.png": long,
  "no-program.png": await encodeCartridge(renderProgram(PROGRAM), {}),
  "blue.png": await encodePng(blue),
  "enlarged.png": withTexts(plainEnlarged),
  "plain-enlarged.png": plainEnlarged,
  "hello.pxl": Buffer.from(PROGRAM),
  "clear.pxl": Buffer.from("HALT\n"),
};

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
    ...files,
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
    ["turned.png", 1, "not-canonical", "eXIf"],
    ["altered.png", 1, "checksum-mismatch", "The pixels do not match the checksum"],
    ["other.png", 1, "not-reproducible", "pixels differ"],
    ["plain.png", 1, "stripped", "no checksum"],
    ["no-program.png", 1, "no-program", "no program"],
    ["truncated.png", 1, "unreadable", ""],
    ["crc.png", 1, "unreadable", "CRC"],
    ["text.png", 1, "unreadable", "PNG"],
    ["missing.png", 1, "unreadable", "no such file"],
    ["newer.png", 3, "needs-newer-language", "language 999"],
    ["long.png", 3, "verifier-limit", "--limit fuel=2400004"],
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

  test.each([
    [["good.png", "good.png"], 0],
    [["good.png", "newer.png"], 3],
    [["newer.png", "altered.png"], 1],
    [["altered.png", "long.png"], 1],
  ])("%j exit with the worst result, %i", async (files, exitCode) => {
    expect((await gvpie(["verify", ...files], { cwd: directoryOfCartridges() })).status).toBe(exitCode);
  });

  test("a limit of the verifier is not a verdict: --limit raises it, and the file is verified", async () => {
    const cwd = directoryOfCartridges();
    const { stdout } = await gvpie(["verify", "long.png", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject([
      { status: "verifier-limit", code: "CARTRIDGE_VERIFIER_LIMIT", limits: { fuel: 2_400_004 } },
    ]);
    const raised = await gvpie(["verify", "long.png", "--limit", "fuel=2400004"], { cwd });
    expect(raised).toMatchObject({ status: 0, stdout: "verified long.png\n" });
  });

  test("render records the limits that a verification must raise", async () => {
    const cwd = directoryOfCartridges();
    const input = "SET i 0\nl:\nRECT 0 0 128 64\nADD i 1\nIF i < 9000 l\n";
    expect((await gvpie(["render", "-", "-o", "heavy.png"], { cwd, input })).status).toBe(0);
    const { status, stdout } = await gvpie(["verify", "heavy.png"], { cwd });
    expect(status).toBe(3);
    const [option = "", value = ""] = /--limit (paintedPixels=\d+)/.exec(stdout) ?? [];
    expect(option).not.toBe("");
    expect((await gvpie(["verify", "heavy.png", "--limit", value], { cwd })).stdout).toBe(
      "verified heavy.png\n",
    );
  });

  test("a machine without the adapter is not a verdict: exit 3", async () => {
    const { status, stdout } = await gvpie(
      ["verify", "good.png", "altered.png", "--backend", "webgpu", "--adapter", "no such adapter"],
      { cwd: directoryOfCartridges() },
    );
    expect(status).toBe(3);
    expect(stdout).toMatch(/^backend-failed good\.png$/m);
    expect(stdout).toMatch(/^backend-failed altered\.png$/m);
  });

  test("JSON names the chunks that change the display, and the pixels that differ", async () => {
    const { stdout } = await gvpie(["verify", "turned.png", "other.png", "--json"], {
      cwd: directoryOfCartridges(),
    });
    expect(JSON.parse(stdout)).toMatchObject([
      { status: "not-canonical", obstacles: [{ chunk: "eXIf", offset: 33 }], difference: null },
      {
        status: "not-reproducible",
        obstacles: [],
        difference: { first: { x: 10, y: 10 }, box: { x: 10, y: 10 }, onlyUnderAlpha0: false },
        relation: { kind: "different" },
      },
    ]);
  });

  test.each([
    ["plain.png", "hello.pxl", 0, "matches-program", []],
    ["plain.png", "clear.pxl", 1, "stripped", []],
    ["plain-turned.png", "hello.pxl", 1, "stripped", []],
    ["blue.png", "hello.pxl", 0, "matches-program", ["--background", "#0000ffff"]],
    ["blue.png", "hello.pxl", 1, "stripped", []],
    ["no-program.png", "hello.pxl", 0, "matches-program", []],
    ["altered.png", "hello.pxl", 1, "checksum-mismatch", []],
    ["good.png", "hello.pxl", 0, "verified", []],
  ])("%s --program %s exits with %i: %s", async (file, program, exitCode, status, options) => {
    const { status: exited, stdout } = await gvpie(["verify", file, "--program", program, ...options], {
      cwd: directoryOfCartridges(),
    });
    expect([exited, stdout.split(" ", 1)[0]]).toEqual([exitCode, status]);
  });

  test("an enlarged copy of a program's picture is named, with or without texts", async () => {
    const cwd = directoryOfCartridges();
    const { stdout } = await gvpie(["verify", "enlarged.png"], { cwd });
    expect(stdout).toMatch(/^checksum-mismatch .*an exact copy of what the program draws, enlarged 3×/);
    const args = [
      "verify",
      "plain-enlarged.png",
      "--program",
      "hello.pxl",
      "--width",
      "128",
      "--height",
      "64",
    ];
    const withProgram = await gvpie([...args, "--json"], { cwd });
    expect(JSON.parse(withProgram.stdout)).toMatchObject([
      { status: "stripped", relation: { kind: "enlarged", factor: 3 } },
    ]);
  });

  test("never says that --program was not used if the picture was compared with it", async () => {
    const cwd = directoryOfCartridges();
    const chunks = readFileSync(join(cwd, "good.png"));
    const at = chunks.indexOf("tEXtchecksum") - 4;
    const png = Buffer.concat([chunks.subarray(0, at), chunks.subarray(at + 12 + chunks.readUInt32BE(at))]);
    writeFileSync(join(cwd, "stripped.png"), png);
    writeFileSync(join(cwd, "other.pxl"), "HALT\n");
    const { stdout } = await gvpie(["verify", "stripped.png", "--program", "other.pxl"], { cwd });
    expect(stdout).toMatch(/^stripped .*Compared with the given program/);
    expect(stdout).not.toContain("was not used");
    const canonicalized = await gvpie(["canonicalize", "stripped.png", "-o", "out.png"], { cwd });
    expect([canonicalized.status, canonicalized.stderr]).toEqual([
      1,
      "gvpie canonicalize: expected the checksum of a cartridge (64 hexadecimal digits), got a cartridge without it: an editor removed it\n",
    ]);
  });

  test("says that --program was not used if the file contains another program", async () => {
    const { stdout } = await gvpie(["verify", "other.png", "--program", "hello.pxl"], {
      cwd: directoryOfCartridges(),
    });
    expect(stdout).toMatch(/^not-reproducible .*--program was not used/);
  });

  test.each([
    [["--limit", "fule=3"], "--limit: expected pixels=…"],
    [["--limit", "fuel=1e9"], "--limit fuel: expected a whole number"],
    [["--width", "3"], "--width needs --program"],
    [["--param", "a=b"], "--param needs --program"],
    [["-", "--program", "-"], "expected stdin once"],
  ])("refuses %j with exit 2", async (options, says) => {
    const { status, stderr } = await gvpie(["verify", "good.png", ...options], {
      cwd: directoryOfCartridges(),
    });
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe("gvpie canonicalize", () => {
  test("rewrites a file so that it is verified, with its own checksum, time and program", async () => {
    const cwd = directoryOfCartridges();
    const written = await gvpie(["canonicalize", "turned.png", "-o", "out.png"], { cwd });
    expect(written).toMatchObject({ status: 0, stdout: "" });
    expect(written.stderr).toMatch(/^wrote out\.png, 128×64, \d+ bytes\n$/);
    const out = readFileSync(join(cwd, "out.png"));
    expect(readCartridgeMetadata(out)).toEqual(readCartridgeMetadata(cartridge));
    expect((await gvpie(["verify", "out.png"], { cwd })).stdout).toBe("verified out.png\n");
  });

  test("reads stdin and writes stdout", async () => {
    const cwd = directoryOfCartridges();
    await gvpie(["canonicalize", "turned.png", "-o", "out.png"], { cwd });
    const { status, bytes } = await gvpie(["canonicalize", "-", "-o", "-"], { cwd, input: turned });
    expect(status).toBe(0);
    expect(Buffer.compare(bytes, readFileSync(join(cwd, "out.png")))).toBe(0);
  });

  test.each([
    ["altered.png", "out.png", 1, "CARTRIDGE_CHECKSUM_MISMATCH", "altered"],
    ["plain.png", "out.png", 1, "CARTRIDGE_NO_METADATA", ""],
    ["text.png", "out.png", 1, "CARTRIDGE_NOT_PNG", ""],
    ["turned.png", "turned.png", 1, "SAME_FILE", "turned.png"],
  ])("refuses %s -o %s", async (input, output, exitCode, _, says) => {
    const cwd = directoryOfCartridges();
    const before = readFileSync(join(cwd, input));
    const { status, stderr } = await gvpie(["canonicalize", input, "-o", output], { cwd });
    expect(status).toBe(exitCode);
    expect(stderr).toMatch(/^gvpie canonicalize: /);
    expect(stderr).toContain(says);
    expect(readFileSync(join(cwd, input))).toEqual(before);
    expect(existsSync(join(cwd, "out.png"))).toBe(false);
  });

  test("needs an output file: exit 2", async () => {
    const { status, stderr } = await gvpie(["canonicalize", "good.png"], { cwd: directoryOfCartridges() });
    expect([status, stderr.split("\n", 1)[0]]).toEqual([
      2,
      "gvpie canonicalize: expected -o <file|->, got no output file",
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

  test.each([
    ["good.png", /^display +canonical: /m],
    ["turned.png", /^display +eXIf at byte 33: /m],
    ["long.png", /^status +verifier-limit: [^]*^needs fuel +2400004$[^]*^program, language 1:$/m],
    ["newer.png", /^status +needs-newer-language: [^]*^program, language 999:$/m],
  ])("%s is readable with any status", async (file, shown) => {
    const { status, stdout } = await gvpie(["inspect", file], { cwd: directoryOfCartridges() });
    expect(status).toBe(0);
    expect(stdout).toMatch(shown);
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
      language: "1",
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
