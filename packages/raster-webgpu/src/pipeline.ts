import { GLYPH_COUNT, GLYPH_HEIGHT, GLYPH_ROWS, GLYPH_WIDTH } from "@gvpie/glyph-rom";

import { COPY_DST, STORAGE } from "./usage.ts";
import { SHADER } from "./shader.wgsl.ts";

/** What is made once for a device. */
export interface Pipeline {
  readonly compute: GPUComputePipeline;
  /** The bindings of one set of buffers. */
  bind(input: GPUBuffer, pixels: GPUBuffer): GPUBindGroup;
  destroy(): void;
}

/** Compiles the shader and uploads the glyph ROM. */
export async function createPipeline(device: GPUDevice): Promise<Pipeline> {
  const rom = createRom(device);
  const module = device.createShaderModule({ label: "gvpie tiles", code: SHADER });
  const compute = await device.createComputePipelineAsync({
    label: "gvpie tiles",
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const layout = compute.getBindGroupLayout(0);
  return {
    compute,
    bind: (input, pixels) =>
      device.createBindGroup({
        layout,
        entries: [input, input, rom, pixels].map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    destroy: () => rom.destroy(),
  };
}

/** Two words a glyph: its rows from the top, one byte each, bit 0 leftmost as in a mask of pixels. */
function createRom(device: GPUDevice): GPUBuffer {
  const bytes = new Uint8Array(GLYPH_COUNT * 8);
  for (let glyph = 0; glyph < GLYPH_COUNT; glyph++) {
    for (let row = 0; row < GLYPH_HEIGHT; row++) {
      bytes[glyph * 8 + row] = mirrored(GLYPH_ROWS[glyph * GLYPH_HEIGHT + row] ?? 0);
    }
  }
  const rom = device.createBuffer({
    label: "gvpie glyph ROM",
    size: bytes.length,
    usage: STORAGE | COPY_DST,
  });
  device.queue.writeBuffer(rom, 0, bytes);
  return rom;
}

function mirrored(row: number): number {
  let bits = 0;
  for (let x = 0; x < GLYPH_WIDTH; x++) bits |= ((row >> x) & 1) << (GLYPH_WIDTH - 1 - x);
  return bits;
}
