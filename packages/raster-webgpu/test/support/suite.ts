import { parseProgram } from "@gvpie/pxl-parser";
import type { RasterizerInfo } from "@gvpie/raster";
import { renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import { openWebGpuRasterizer, renderProgram } from "@gvpie/raster-webgpu";
import {
  assertConforms,
  assertSameFrame,
  randomProgram,
  countOpcodes,
  countOperators,
  rasterCases,
  type RandomProgramOptions,
} from "@gvpie/raster/conformance";

import { openDevice } from "../../src/device.ts";
import { Drawer, type PassLimits } from "../../src/drawer.ts";
import { DeviceRasterizer } from "../../src/rasterizer.ts";
import { randomList } from "./random-list.ts";
import { drawReference } from "./reference.ts";

/** The outcome of the suite on one adapter. */
export interface SuiteReport {
  readonly info: RasterizerInfo;
  /** Number of comparisons of each kind. */
  readonly compared: Readonly<Record<string, number>>;
  /** Uses of each opcode in the random programs. */
  readonly opcodes: Readonly<Record<string, number>>;
  /** Uses of each operator in them. */
  readonly operators: Readonly<Record<string, number>>;
  /** Messages of the first mismatches of each kind. */
  readonly failures: readonly string[];
}

/** So low that small canvases need many regions and slices, with borders at many positions. */
const TINY_PASSES: readonly PassLimits[] = [
  { maxPixels: 32 * 8, maxWords: 8 },
  { maxPixels: 32 * 8 * 3, maxWords: 40 },
  { maxPixels: 32 * 8 * 5, maxWords: 1 },
];
const NEAR_TILES: RandomProgramOptions = { borders: [8, 16, 24, 32, 40, 64, 96, 128, 160] };

/** Comparisons in flight: a browser has a long latency and a high throughput. */
const IN_FLIGHT = 8;

/** A text that moves, frames that are equal in pairs, and frames that are all equal. */
const ANIMATIONS = [
  "CANVAS 70 20 #123\nFRAMES 6 40\nBOX 0 0 70 20\nTXT 20-frame*5 6 scrolling",
  "FRAMES 6 40\nCOLOR #ff000080\nSET x frame/2\nDISC 20+x 20 9",
  "FRAMES 6 40\nTXT 1 1 still",
];

export interface SuiteOptions {
  /** Part of the adapter's name. Default: hardware before software. */
  readonly adapter?: string;
  /** Factor for the number of random programs and draw lists. Default 1. */
  readonly scale?: number;
}

/** Compares one adapter, byte for byte, with the conformance kit, raster-cpu and the reference renderer. */
export async function runSuite({ adapter, scale = 1 }: SuiteOptions = {}): Promise<SuiteReport> {
  const compared: Record<string, number> = {};
  const failures: string[] = [];
  const compare = async (kind: string, count: number, one: (i: number) => Promise<void>) => {
    let next = 0;
    let failed = 0;
    const worker = async () => {
      while (next < count && failed < 3) {
        const i = next++;
        try {
          await one(i);
        } catch (error) {
          failed++;
          failures.push(error instanceof Error ? error.message : String(error));
        }
        compared[kind] = (compared[kind] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  };

  const { device, info } = await openDevice({ adapter });
  const rasterizer = await openWebGpuRasterizer({ adapter });
  await compare("cases", rasterCases.length, async (i) => {
    const rasterCase = rasterCases[i];
    if (rasterCase !== undefined) await assertConforms(rasterizer, rasterCase);
  });
  const opcodes = new Map<string, number>();
  const operators = new Map<string, number>();
  await compare("random programs", 2000 * scale, async (seed) => {
    const { source, ...options } = randomProgram(seed);
    const program = parseProgram(source);
    for (const [name, count] of countOpcodes([program])) opcodes.set(name, (opcodes.get(name) ?? 0) + count);
    for (const [name, count] of countOperators([program])) {
      operators.set(name, (operators.get(name) ?? 0) + count);
    }
    assertSameFrame(
      await renderProgram(source, { ...options, device }),
      renderOnCpu(source, options),
      `program ${seed}`,
    );
  });
  await compare("frames of animations", ANIMATIONS.length, async (i) => {
    const source = ANIMATIONS[i] as string;
    let number = 0;
    for await (const frame of rasterizer.renderFrames(source)) {
      assertSameFrame(frame, renderOnCpu(source, { frame: number }), `frame ${number} of ${source}`);
      // The caller may change the pixels of a frame; the next one, even if equal, does not show it.
      frame.data.fill(0x5a);
      number++;
    }
    if (number !== 6) throw new Error(`expected 6 frames, got ${number}: ${source}`);
  });
  await rasterizer.close();

  const drawers = await Promise.all(TINY_PASSES.map((limits) => Drawer.open(device, limits)));
  const named = { open: () => Promise.resolve({ device, info }), isOwner: false };
  const banded = TINY_PASSES.map((limits) => new DeviceRasterizer(named, info, limits));
  await compare("random programs in bands", 500 * scale, async (i) => {
    const seed = 10_000 + i;
    const { source, ...options } = randomProgram(seed, NEAR_TILES);
    const frame = await banded[i % banded.length]?.render(source, options);
    if (frame !== undefined) assertSameFrame(frame, renderOnCpu(source, options), `banded program ${seed}`);
  });
  const whole = await Drawer.open(device);
  await compare("random draw lists", 1000 * scale, async (seed) => {
    const list = randomList(seed);
    const data = new Uint8ClampedArray(list.width * list.height * 4);
    const drawer = [whole, ...drawers][seed % (drawers.length + 1)];
    await drawer?.draw(list, data);
    assertSameFrame({ width: list.width, height: list.height, data }, drawReference(list), `list ${seed}`);
  });
  device.destroy();
  return {
    info,
    compared,
    opcodes: Object.fromEntries(opcodes),
    operators: Object.fromEntries(operators),
    failures,
  };
}
