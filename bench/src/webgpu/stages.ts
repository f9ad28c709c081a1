import { lowerProgram } from "@gvpie/raster";
import {
  bandsOf,
  Binner,
  bufferPixels,
  BufferSet,
  copyRegion,
  createPipeline,
  encodeDraw,
  MODE_READ,
} from "@gvpie/raster-webgpu/internal";

/** Shortest durations in milliseconds. Each stage ends before the next begins, so their sum exceeds a frame's time. */
export interface Stages {
  readonly lowering: number;
  readonly binning: number;
  readonly upload: number;
  readonly compute: number;
  readonly readback: number;
}

/** Measures the stages of a frame. The canvas must be small enough for one region. */
export async function measureStages(
  device: GPUDevice,
  source: string,
  width: number,
  height: number,
  rounds: number,
): Promise<Stages> {
  const pipeline = await createPipeline(device);
  const set = new BufferSet(device, pipeline);
  const binner = new Binner();
  const into = new Uint8ClampedArray(width * height * 4);
  const [region, ...others] = bandsOf(width, height, 2 ** 23);
  if (region === undefined || others.length > 0) {
    throw new RangeError(`expected a canvas of one region, got ${width}×${height}`);
  }
  const bytes = bufferPixels(region) * 4;
  const times: number[][] = [];
  for (let round = 0; round <= rounds; round++) {
    const marks = [performance.now()];
    const mark = () => marks.push(performance.now());
    const list = lowerProgram(source, { width, height });
    mark();
    const upload = binner.bin(list, { start: 0, end: list.count }, region, false);
    mark();
    const buffers = set.reserve(upload.words.byteLength, bytes);
    device.queue.writeBuffer(buffers.input, 0, upload.words);
    device.queue.submit([]);
    await device.queue.onSubmittedWorkDone();
    mark();
    const encoder = device.createCommandEncoder();
    encodeDraw(encoder, pipeline, buffers, region, upload.isPlain);
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    mark();
    const copier = device.createCommandEncoder();
    copier.copyBufferToBuffer(buffers.pixels, 0, buffers.staging, 0, bytes);
    device.queue.submit([copier.finish()]);
    await buffers.staging.mapAsync(MODE_READ, 0, bytes);
    copyRegion(new Uint8Array(buffers.staging.getMappedRange(0, bytes)), region, into, width);
    buffers.staging.unmap();
    mark();
    if (round > 0) times.push(marks.slice(1).map((end, i) => end - (marks[i] ?? 0)));
  }
  set.destroy();
  pipeline.destroy();
  const stage = (i: number) => Math.min(...times.map((durations) => durations[i] ?? 0));
  return { lowering: stage(0), binning: stage(1), upload: stage(2), compute: stage(3), readback: stage(4) };
}
