import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import { COMPUTE, COPY_DST, STORAGE } from "./usage.ts";
import { BLOCK_ROWS, ROM_ABOVE, ROM_STRIDE } from "./layout.ts";
import { SHADER } from "./shader.wgsl.ts";

/** The compiled shaders and the bindings of one device. */
export interface Pipeline {
  /** Draws opaque rectangles and unscaled texts only. */
  readonly drawPlain: GPUComputePipeline;
  /** Draws every command. */
  readonly drawAny: GPUComputePipeline;
  /** Binds buffers, for either pipeline. */
  bind(input: GPUBuffer, pixels: GPUBuffer): GPUBindGroup;
  destroy(): void;
}

/** Compiles the shader and uploads the glyph ROM. */
export async function createPipeline(device: GPUDevice): Promise<Pipeline> {
  const rom = createRom(device);
  const module = device.createShaderModule({ label: "gvpie", code: SHADER });
  const types = ["read-only-storage", "read-only-storage", "storage"] as const;
  const bindings = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindings] });
  const compile = (entryPoint: string) =>
    device.createComputePipelineAsync({
      label: `gvpie ${entryPoint}`,
      layout,
      compute: { module, entryPoint },
    });
  const [drawPlain, drawAny] = await Promise.all([compile("drawPlain"), compile("drawAny")]);
  return {
    drawPlain,
    drawAny,
    bind: (input, pixels) =>
      device.createBindGroup({
        layout: bindings,
        entries: [input, rom, pixels].map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    destroy: () => rom.destroy(),
  };
}

/** Uploads the glyphs in the layout that {@link ROM_STRIDE} describes. */
function createRom(device: GPUDevice): GPUBuffer {
  const words = new Uint32Array(GLYPH_COUNT * ROM_STRIDE);
  for (let glyph = 0; glyph < GLYPH_COUNT; glyph++) {
    for (let i = 0; i < ROM_STRIDE; i++) {
      let rows = 0;
      for (let k = 0; k < BLOCK_ROWS; k++) {
        const y = i - ROM_ABOVE + k;
        if (y < 0 || y >= GLYPH_HEIGHT) continue;
        rows |= mirrored(GLYPH_ROWS[glyph * GLYPH_HEIGHT + y] ?? 0) << (8 * k);
      }
      words[glyph * ROM_STRIDE + i] = rows;
    }
  }
  const usage = STORAGE | COPY_DST;
  const rom = device.createBuffer({ label: "gvpie glyph ROM", size: words.byteLength, usage });
  device.queue.writeBuffer(rom, 0, words);
  return rom;
}

/** Reverses a row, so that bit 0 is its leftmost pixel. */
function mirrored(row: number): number {
  let bits = 0;
  for (let x = 0; x < GLYPH_WIDTH; x++) bits |= ((row >> x) & 1) << (GLYPH_WIDTH - 1 - x);
  return bits;
}
