import {
  drawForCartridge,
  encodeAnimation,
  encodeCartridge,
  type Frame,
  readCartridgeMetadata,
  type RenderLimits,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { describe, expect, test } from "vitest";

const CANVAS = { width: 128, height: 64 };
const MOST: RenderLimits = {
  pixels: 16_777_216,
  instructions: 1_000_000,
  glyphs: 4_000_000,
  paintedPixels: 2 ** 30,
  commands: 4_000_000,
  fuel: 4_000_000,
};
/** Paints 9,000 × 8,192 pixels, more than a verification allows for this canvas. */
const PAINTS = "SET i 0\nl:\nRECT 0 0 128 64\nADD i 1\nIF i < 9000 l\n";
const draw = (program: string) => (limits: RenderLimits) => renderProgram(program, { ...CANVAS, limits });

describe("a cartridge records the limits that its program needs", () => {
  test("and a verifier that lacks one says which, and verifies with it", async () => {
    const { drawn, limits } = await drawForCartridge(CANVAS, MOST, draw(PAINTS));
    expect(Object.keys(limits ?? {})).toEqual(["paintedPixels"]);
    const png = await encodeCartridge(drawn, { program: PAINTS, language: "1", limits });
    expect(readCartridgeMetadata(png).gvpie?.limits).toEqual(limits);
    const options = { render: renderProgram };
    await expect(verifyCartridge(png, options)).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
      message: expect.stringContaining(`it needs ${limits?.["paintedPixels"]}`) as string,
    });
    const { status } = await verifyCartridge(png, { ...options, renderLimits: { ...limits } });
    expect(status).toBe("verified");
  });

  test("none, if the defaults of a verification suffice", async () => {
    expect((await drawForCartridge(CANVAS, MOST, draw("HALT\n"))).limits).toBeUndefined();
  });

  test("several, each as large as it must be", async () => {
    const program = `${PAINTS}SET j 0\nm:\nADD j 1\nIF j < 900000 m\n`;
    const { limits } = await drawForCartridge(CANVAS, MOST, draw(program));
    expect(limits).toEqual({ paintedPixels: 135_200_768, fuel: 2_000_000 });
  });

  test("never more than the caller allows, nor for an error of the program", async () => {
    const endless = "SET a 0\nl:\nIF a < 1 l\n";
    await expect(drawForCartridge(CANVAS, MOST, draw(endless))).rejects.toMatchObject({
      code: "RASTER_LIMIT_FUEL",
      message: expect.stringContaining("4000000") as string,
    });
    let calls = 0;
    const fails = (limits: RenderLimits) => {
      calls++;
      return draw("SET a 0\nDIV a 0\n")(limits);
    };
    await expect(drawForCartridge(CANVAS, MOST, fails)).rejects.toMatchObject({
      code: "RASTER_DIVISION_BY_ZERO",
    });
    expect(calls).toBe(1);
  });

  test("of each frame of an animation", async () => {
    const program = "FRAMES 100 40\nFOR i 1 250\nRECT 0 0 128 64\nNEXT\n";
    const canvas = { ...CANVAS, frames: 100 };
    const { drawn, limits } = await drawForCartridge(canvas, MOST, async (most) => {
      const frames: Frame[] = [];
      for await (const frame of renderFrames(program, { ...CANVAS, limits: most })) frames.push(frame);
      return frames;
    });
    expect(limits).toEqual({ paintedPixels: 3_080_192 });
    const png = await encodeAnimation(drawn, { program, language: "2", limits });
    const options = { render: renderProgram };
    await expect(verifyCartridge(png, options)).rejects.toMatchObject({
      code: "CARTRIDGE_VERIFIER_LIMIT",
      message: expect.stringContaining("it needs 3080192") as string,
    });
    const { status } = await verifyCartridge(png, { ...options, renderLimits: { ...limits } });
    expect(status).toBe("verified");
  });
});
