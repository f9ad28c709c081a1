import {
  canonicalizeCartridge,
  compareFrames,
  CartridgeError,
  decodeAnimation,
  encodeAnimation,
  encodeCartridge,
  type Frame,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { type FuzzTarget, outcomeOf } from "@gvpie/testing/fuzz";
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import sharp from "sharp";
import { mutateAnimation } from "./support/mutate-animation.ts";
import { mutateCartridge } from "./support/mutate-cartridge.ts";
import { mutatePng, readChunks } from "./support/mutate-png.ts";
import { LIMITS as limits } from "./support/png-target.ts";

/** Small enough that no program is slow. */
const renderLimits = {
  pixels: 262_144,
  instructions: 1_000,
  glyphs: 10_000,
  paintedPixels: 10_000_000,
  commands: 10_000,
  fuel: 10_000,
};
const PROGRAM = "COLOR #404040\nCLEAR\nCOLOR #ff8000\nRECT 1 1 5 3\nCOLOR #ffffff\nRECT 3 2 1 4\n";
const ANIMATION = "FRAMES 3 50\nCOLOR #ff8000\nRECT {1 + frame} 1 5 3\n";
const SIZE = { width: 12, height: 8 };

/** Verifies cartridges. Other readers must find the program and the pixels of a file that is verified. */
export const target: FuzzTarget = {
  reads: "cartridges, verified",
  weight: 8,
  // No corpus: most of its inputs would be refused, and changes to verified ones would become rare.
  maxCorpusBytes: 0,
  seeds,
  mutate: (input, other, random) => {
    const isAnimated = Buffer.from(input).includes("acTL") && random.oneIn(2);
    if (isAnimated) return mutateAnimation(input, other, random).subarray(0, 65_536);
    const isPng = random.oneIn(4);
    const mutated = isPng ? mutatePng(input, other, random) : mutateCartridge(input, random);
    return mutated.subarray(0, 65_536);
  },
  async run(input) {
    try {
      const verification = await verifyCartridge(input, { render: renderProgram, limits, renderLimits });
      const { status, obstacles, relation, drawn, frame } = verification;
      if (status === "verified") {
        await checkOthersAgree(input, frame, drawn);
        await checkFrames(input);
      }
      await checkCanonicalized(input, status);
      return `${status} ${relation?.kind ?? "undrawn"} ${obstacles[0]?.chunk ?? ""}`;
    } catch (error) {
      if (error instanceof CartridgeError) return outcomeOf(error.code, error.message);
      throw error;
    }
  },
};

function isSame(a: Frame, b: Frame): boolean {
  return compareFrames(a, b) === undefined;
}

/** Throws if libvips shows other pixels than the program draws, or another reader finds another program. */
async function checkOthersAgree(input: Uint8Array, frame: Frame, drawn: Frame | undefined): Promise<void> {
  const { data, info } = await sharp(input)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const isShown =
    info.width === frame.width &&
    info.height === frame.height &&
    isSame({ width: info.width, height: info.height, data: Uint8ClampedArray.from(data) }, frame);
  if (drawn === undefined || !isSame(drawn, frame) || !isShown) {
    throw new Error("a verified file shows other pixels in libvips");
  }
  const records = readChunks(input).flatMap(({ type, data: content }) =>
    recordIn(Buffer.from(type).toString("latin1"), content),
  );
  const [json = ""] = records;
  // Parsers differ in which of two equal keys they keep.
  const unescaped = json.replace(/\\u00([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  if (unescaped.split('"program":').length !== 2) throw new Error(`a verified file has the record ${json}`);
  const { program } = JSON.parse(json) as { program: string };
  const again = renderProgram(program, { ...SIZE, limits: renderLimits });
  if (records.length !== 1 || !isSame(again, frame)) {
    throw new Error(
      `a verified file has ${records.length} records, the first with ${JSON.stringify(program)}`,
    );
  }
}

/** Throws if a verified file that states an animation has other frames than its program draws. */
async function checkFrames(input: Uint8Array): Promise<void> {
  const program = readCartridgeMetadata(input, { limits }).gvpie?.program ?? "";
  const { frameCount, frames } = decodeAnimation(input, { limits });
  if (frameCount === 1) return;
  const drawn: Frame[] = [];
  for await (const frame of renderFrames(program, { ...SIZE, limits: renderLimits })) drawn.push(frame);
  let number = 0;
  for await (const frame of frames()) {
    const expected = drawn[number++];
    if (expected === undefined || !isSame(expected, frame) || frame.delayMs !== expected.animation?.delayMs) {
      throw new Error(`a verified animation has another frame ${number - 1}`);
    }
  }
  if (number !== drawn.length) throw new Error(`a verified animation has ${number} frames`);
}

/** Returns the text of a chunk whose keyword is that of the record in any case, as a lenient reader does. */
function recordIn(type: string, data: Uint8Array): string[] {
  const [keyword = "", ...rest] = Buffer.from(data).toString("latin1").split("\0");
  if (!["tEXt", "zTXt", "iTXt"].includes(type) || keyword.trim().toLowerCase() !== "gvpie") return [];
  if (type === "zTXt") return [inflateSync(data.subarray(keyword.length + 2)).toString("latin1")];
  return [type === "tEXt" ? rest.join("\0") : rest.slice(4).join("\0")];
}

/** Throws if a rewritten file has another status than its content deserves. */
async function checkCanonicalized(input: Uint8Array, status: string): Promise<void> {
  const isGood = status === "verified" || status === "not-canonical";
  const rewritten = await canonicalizeCartridge(input, { limits }).catch((error: unknown) => {
    if (!(error instanceof CartridgeError) || isGood) throw error;
  });
  if (rewritten === undefined) return;
  const again = await verifyCartridge(rewritten, { render: renderProgram, limits, renderLimits });
  if (again.obstacles.length > 0 || again.status !== (isGood ? "verified" : status)) {
    throw new Error(`a file that is ${status} is ${again.status} when it is rewritten`);
  }
}

async function seeds(): Promise<Uint8Array[]> {
  const frame = renderProgram(PROGRAM, SIZE);
  const options = { program: PROGRAM, language: "1", createdAt: new Date(0) };
  const white = "RECT 1 1 5 3";
  return [
    await encodeCartridge(frame, options),
    await encodeCartridge(frame, { ...options, colorType: "rgba" }),
    await encodeCartridge(frame, {
      ...options,
      colorType: "rgba",
      limits: { fuel: 5_000 },
      engine: "raster-cpu",
    }),
    await encodeCartridge(renderProgram(white, SIZE), {
      program: white,
      language: "1",
      createdAt: new Date(0),
    }),
    await encodeCartridge(frame),
    await encodeAnimation(renderFrames(ANIMATION, SIZE), {
      program: ANIMATION,
      language: "2",
      createdAt: new Date(0),
    }),
  ];
}
