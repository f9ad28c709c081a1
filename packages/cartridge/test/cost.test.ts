// The cost of a verification follows from the size of the picture: its memory in a process of its own, and its limits.

import {
  type CartridgeError,
  encodeAnimation,
  encodeCartridge,
  type Frame,
  type RenderLimits,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { runNode } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { randomFillSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chunk, chunksOf, IEND, ihdr, pngOf } from "./support/chunks.ts";
import { frameOf, noise } from "./support/frames.ts";

const MIB = 2 ** 20;

const names = (count: number, line: (name: string) => string) =>
  Array.from({ length: count }, (_, i) => line(i.toString(36))).join("");
const loop = (line: string, times: number) => `SET i 0\na:\n${line}\nADD i 1\nIF i < ${times} a\n`;

/** Programs that take much memory, time or both, within 1 MiB of text. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "many commands": loop("DISC 40 40 30", 300_000),
  "a sprite of many commands": loop(`SPRITE 0 0 64 64 ${"aaaaaaaaaaaaaaaa ".repeat(64)}`, 300_000),
  "many variables": names(60_000, (name) => `SET v${name} 1\n`),
  "variables and commands": names(40_000, (name) => `SET v${name} 1\n`) + "DISC 40 40 31\n".repeat(30_000),
  "many labels": names(120_000, (name) => `b${name}:\n`),
  "many instructions": "PIX 1 1\n".repeat(110_000),
  "a long text": `TXT 0 0 ${"x".repeat(1_000_000)}\n`,
  "many errors": "Q\n".repeat(340_000),
  "many paintings": "COLOR #ffffff01\nCLEAR\nCOLOR #ff00ff02\nCLEAR\n".repeat(20_000),
};

async function measure(
  png: Uint8Array,
  script: "verify" | "animation" = "verify",
  ...rest: readonly string[]
): Promise<{ outcome: string; grownBytes: number }> {
  const path = join(temporaryDirectory(), "cartridge.png");
  writeFileSync(path, png);
  const { stdout, stderr } = await runNode(new URL(`support/measure-${script}.ts`, import.meta.url), [
    path,
    ...rest,
  ]);
  expect(stderr).toBe("");
  return JSON.parse(stdout) as { outcome: string; grownBytes: number };
}

describe("a verification holds at most 4 frames of the declared size and 64 MiB besides", () => {
  const large = new Set(["many commands", "variables and commands", "many paintings"]);
  const cases = Object.entries(PROGRAMS).flatMap(([name, program]) =>
    (large.has(name) ? [64, 4096] : [64]).map((side) => [name, side, program] as const),
  );

  test.each(cases)("%s on %i² pixels", async (_, side, program) => {
    const frame = renderProgram("HALT", { width: side, height: side });
    const { outcome, grownBytes } = await measure(await encodeCartridge(frame, { program, language: "1" }));
    expect(outcome).toMatch(/^(?:verified|not-reproducible|CARTRIDGE_VERIFIER_LIMIT)$/);
    expect(grownBytes).toBeLessThan(4 * frame.data.length + 64 * MIB);
  });

  test("noise of 16 bits in chunks of 8 KiB", async () => {
    const side = 2048;
    const rows = randomFillSync(Buffer.alloc(side * (1 + side * 8)));
    for (let y = 0; y < side; y++) rows[y * (1 + side * 8)] = 0;
    const stream = deflateSync(rows, { level: 0 });
    const data = Array.from({ length: Math.ceil(stream.length / 8192) }, (_, i) =>
      chunk("IDAT", stream.subarray(i * 8192, (i + 1) * 8192)),
    );
    const program = PROGRAMS["many commands"] as string;
    const texts = chunksOf(await encodeCartridge(renderProgram("HALT"), { program, language: "1" })).filter(
      ({ type, data }) => type === "tEXt" && !Buffer.from(data).toString("latin1").startsWith("checksum"),
    );
    const { outcome, grownBytes } = await measure(pngOf([ihdr(side, side, 16, 6), ...texts, ...data, IEND]));
    expect(outcome).toBe("stripped");
    expect(grownBytes).toBeLessThan(4 * side * side * 4 + 64 * MIB);
  });
});

test("of an animation, it holds 4 frames and 64 MiB besides, too", async () => {
  const side = 2048;
  const frames = [0, 1, 2].map((number) => noise(side, number));
  const png = await encodeAnimation(frames, { program: "", language: "2", delayMs: 9 });
  const { outcome, grownBytes } = await measure(png, "animation", String(side));
  expect(outcome).toBe("verified");
  expect(grownBytes).toBeLessThan(4 * side * side * 4 + 64 * MIB);
});

describe("the limits of the render follow from the size of the picture", () => {
  const limitsOf = async (width: number, height: number) => {
    let limits: RenderLimits | undefined;
    const frame = renderProgram("HALT", { width, height });
    const png = await encodeCartridge(frame, {
      program: "HALT",
      language: "1",
      limits: { fuel: 99_000_000, commands: 9_000_000 },
    });
    await verifyCartridge(png, {
      render: (program, request) => {
        ({ limits } = request);
        return renderProgram(program, request);
      },
    });
    return limits;
  };

  test.each<[number, number, RenderLimits]>([
    [
      1,
      1,
      {
        pixels: 1_048_576,
        instructions: 131_072,
        glyphs: 1_048_577,
        paintedPixels: 67_108_924,
        commands: 250_000,
        fuel: 1_000_000,
      },
    ],
    [
      1920,
      1080,
      {
        pixels: 2_073_600,
        instructions: 1_000_000,
        glyphs: 3_122_176,
        paintedPixels: 191_524_864,
        commands: 250_000,
        fuel: 1_000_000,
      },
    ],
    [
      4096,
      4096,
      {
        pixels: 16_777_216,
        instructions: 1_000_000,
        glyphs: 4_000_000,
        paintedPixels: 2 ** 30,
        commands: 2_013_265,
        fuel: 1_000_000,
      },
    ],
  ])("%i×%i, and not from the wish of the file", async (width, height, expected) => {
    expect(await limitsOf(width, height)).toEqual(expected);
  });

  test.each<[keyof RenderLimits, string, string, number]>([
    ["fuel", loop("SET j 1", 350_000), loop("SET j 1", 300_000), 2_000_000],
    ["commands", loop("DISC 30 30 30", 9_000), loop("DISC 30 30 30", 3_000), 600_000],
    ["paintedPixels", loop("RECT 0 0 64 63", 20_000), loop("RECT 0 0 64 63", 15_000), 2 ** 28],
    ["instructions", "HALT\n".repeat(140_000), "HALT\n".repeat(130_000), 150_000],
    ["glyphs", loop(`TXT 0 0 ${"x".repeat(4000)}`, 300), loop(`TXT 0 0 ${"x".repeat(4000)}`, 250), 2_000_000],
  ])("%s: named when it is exceeded, and raised by the caller alone", async (name, costly, usual, raised) => {
    const render = renderProgram;
    const limits = { paintedPixels: 2 ** 31, commands: 16_000_000, fuel: 50_000_000, glyphs: 16_000_000 };
    const encode = (program: string) =>
      encodeCartridge(renderProgram(program, { width: 64, height: 64, limits }), { program, language: "1" });
    expect((await verifyCartridge(await encode(usual), { render })).status).toBe("verified");
    const png = await encode(costly);
    const error: unknown = await verifyCartridge(png, { render }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "CartridgeError", code: "CARTRIDGE_VERIFIER_LIMIT" });
    expect((error as CartridgeError).message).toContain(`raise renderLimits.${name}`);
    const renderLimits = { [name]: raised };
    expect((await verifyCartridge(png, { render, renderLimits })).status).toBe("verified");
  });

  test("of the frames of an animation: those of a picture, with its fixed costs divided among them", async () => {
    const limits = async (count: number) => {
      const frames = Array.from({ length: count }, (_, i) => frameOf(i % 2 === 0 ? "#." : ".#"));
      const seen: RenderLimits[] = [];
      await verifyCartridge(await encodeAnimation(frames, { program: "", language: "2", delayMs: 9 }), {
        render: (_, request) => {
          seen.push(request.limits);
          return { ...(frames[request.frame ?? 0] as Frame), animation: { frames: count, delayMs: 9 } };
        },
      });
      expect(new Set(seen.map((limit) => JSON.stringify(limit))).size).toBe(1);
      return seen[0];
    };
    expect(await limits(8)).toEqual({
      pixels: 1_048_576,
      instructions: 131_072,
      glyphs: 131_074,
      paintedPixels: 2 ** 23 + 120,
      commands: 31_250,
      fuel: 1_000_000,
    });
    expect(await limits(1000)).toMatchObject({
      glyphs: 2 ** 14 + 2,
      paintedPixels: 2 ** 20 + 120,
      commands: 2 ** 14,
    });
  });

  test("renderLimits are checked in words", async () => {
    const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
    const verify = (renderLimits: object) => verifyCartridge(png, { render: renderProgram, renderLimits });
    await expect(verify({ feul: 5 })).rejects.toThrow(
      /expected renderLimits named .*, got "feul"; did you mean fuel\?/,
    );
    await expect(verify({ fuel: -5 })).rejects.toThrow(
      /expected renderLimits.fuel as a non-negative integer, got -5/,
    );
    await expect(verify({ fuel: "5" })).rejects.toThrow(RangeError);
  });
});
