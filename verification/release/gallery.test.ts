import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  decodeAnimation,
  decodeCartridge,
  encodeAnimation,
  encodePng,
  verifyCartridge,
} from "@gvpie/cartridge";
import { checkProgram, formatProgram } from "@gvpie/pxl-parser";
import { checkDrawing, type Frame } from "@gvpie/raster";
import { countOpcodes } from "@gvpie/raster/conformance";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { runNode } from "@gvpie/testing";
import { requireDriver } from "@gvpie/testing/gpu-drivers";
import { beforeAll, describe, expect, test } from "vitest";
import { ENLARGEMENT, enlarge, galleryPage, SHOWN } from "./gallery/page.ts";
import { EPOCH_SECONDS, expectSamePicture, gvpie } from "./gallery/pictures.ts";
import { PROGRAMS, readPrograms } from "./gallery/programs.ts";

// The programs of examples/programs, their pictures, and the page that shows them.
// UPDATE_GOLDEN=1 writes the pictures and the page again. Look at them before committing.

const PAGE = new URL("../../docs/gallery.md", import.meta.url);
const ENLARGED = new URL("../../docs/gallery/", import.meta.url);
const programs = readPrograms();

beforeAll(async () => {
  if (process.env["UPDATE_GOLDEN"] !== "1") return;
  mkdirSync(ENLARGED, { recursive: true });
  for (const { name, source } of programs.values()) {
    gvpie(["render", `${name}.pxl`, "-o", `${name}.png`]);
    writeFileSync(new URL(`${name}.png`, ENLARGED), await enlargedPicture(source));
  }
  writeFileSync(PAGE, galleryPage(programs));
}, 300_000);

/** Returns the picture of a program on the page. */
async function enlargedPicture(source: string): Promise<Uint8Array> {
  const first = renderProgram(source);
  if (first.animation === undefined) return encodePng(enlarge(first, ENLARGEMENT));
  const createdAt = new Date(EPOCH_SECONDS * 1000);
  return encodeAnimation(enlargedFrames(source), { delayMs: first.animation.delayMs, createdAt });
}

async function* enlargedFrames(source: string): AsyncGenerator<Frame> {
  for await (const frame of renderFrames(source)) yield enlarge(frame, ENLARGEMENT);
}

describe.each([...programs.values()])("$name", ({ name, source, canvas, description }) => {
  test("is in canonical form and has no warnings", () => {
    expect(formatProgram(source)).toBe(source);
    expect(checkProgram(source).diagnostics).toEqual([]);
    expect(checkDrawing(source)).toEqual([]);
    expect(description).toMatch(/^[A-Z].*\.$/);
  });

  test("renders its picture, which is a verified cartridge", async () => {
    const png = readFileSync(new URL(`${name}.png`, PROGRAMS));
    const { frame, metadata } = await decodeCartridge(png);
    await expectSamePicture(name, renderProgram(source), frame);
    expect(metadata.gvpie).toMatchObject({ program: source, params: {}, ...canvas });
    expect(metadata.createdAt).toEqual(new Date(EPOCH_SECONDS * 1000));
    const { status } = await verifyCartridge(png, { render: renderProgram });
    expect(status).toBe("verified");
  });

  test("has an enlarged picture on the page", async () => {
    const shown = decodeAnimation(readFileSync(new URL(`${name}.png`, ENLARGED)));
    expect(shown.frameCount).toBe(renderProgram(source).animation?.frames ?? 1);
    const enlarged = enlargedFrames(source);
    for await (const frame of shown.frames()) {
      await expectSamePicture(name, (await enlarged.next()).value as Frame, frame);
    }
  });
});

test.for(["swiftshader", "lavapipe"] as const)(
  "all pictures are verified by WebGPU on %s",
  { timeout: 300_000 },
  async (name, context) => {
    const env = requireDriver(context, name);
    const files = [...programs.keys()].map((program) => fileURLToPath(new URL(`${program}.png`, PROGRAMS)));
    const main = new URL("../../apps/gvpie/src/main.ts", import.meta.url);
    const { stdout, status } = await runNode(main, ["verify", "--backend", "webgpu", ...files], { env });
    expect(stdout.match(/software {2}verified$/gm)).toHaveLength(programs.size);
    expect(status).toBe(0);
  },
);

/** Opcodes that expressions and blocks replace. */
const REPLACED: ReadonlySet<string> = new Set(["ADD", "SUB", "MUL", "DIV", "MOD", "JMP", "HALT"]);

test("all programs together use every opcode", () => {
  const counts = countOpcodes([...programs.values()].map(({ source }) => source));
  console.log(`${programs.size} programs: ${Array.from(counts, ([op, n]) => `${op} ${n}`).join(", ")}`);
  expect(Array.from(counts).filter(([op, count]) => count === 0 && !REPLACED.has(op))).toEqual([]);
  expect(programs.size).toBeGreaterThanOrEqual(40);
});

test("the page shows each program once and matches its generator", () => {
  expect([...SHOWN].sort()).toEqual([...programs.keys()].sort());
  expect(readFileSync(PAGE, "utf8")).toBe(galleryPage(programs));
});

test("a program rendered with other parameters is a verified cartridge", () => {
  const png = gvpie(["render", "oled-clock.pxl", "--param", "time=12:34", "-o", "-"]);
  const verified = gvpie(["verify", "-"], png);
  expect(verified.toString()).toBe("verified stdin\n");
});
