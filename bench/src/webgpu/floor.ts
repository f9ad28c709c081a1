import { COPY_DST, COPY_SRC, MAP_READ, MODE_READ, STORAGE } from "@gvpie/raster-webgpu/internal";

const FILL = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> pixels: array<vec4<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let id = (group.x + group.y * 65535u) * 64u + local;
  if (id < arrayLength(&pixels)) { pixels[id] = vec4<u32>(0xff000000u); }
}`;

/** Fills a frame, copies it, maps it and reads it into `into`: the least work for a frame from a device. */
export interface Floor {
  (into: Uint8ClampedArray): Promise<void>;
  destroy(): void;
}

/** @param bytes size of the frame. */
export async function createFloor(device: GPUDevice, bytes: number): Promise<Floor> {
  // A device with default limits binds 128 MiB; a larger frame is filled in equal parts, one after the other.
  const parts = Math.ceil(bytes / 2 ** 26);
  const size = Math.ceil(bytes / parts / 16) * 16;
  const pixels = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  const module = device.createShaderModule({ code: FILL });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const layout = pipeline.getBindGroupLayout(0);
  const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: pixels } }] });
  const workgroups = Math.ceil(size / 16 / 64);
  const fillPart = async (into: Uint8ClampedArray) => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.min(workgroups, 65_535), Math.ceil(workgroups / 65_535));
    pass.end();
    encoder.copyBufferToBuffer(pixels, 0, staging, 0, size);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(MODE_READ);
    into.set(new Uint8Array(staging.getMappedRange(0, size)).subarray(0, into.length));
    staging.unmap();
  };
  const floor = async (into: Uint8ClampedArray) => {
    for (let at = 0; at < bytes; at += size) await fillPart(into.subarray(at, Math.min(at + size, bytes)));
  };
  const destroy = () => {
    pixels.destroy();
    staging.destroy();
  };
  return Object.assign(floor, { destroy });
}
