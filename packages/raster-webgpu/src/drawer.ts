import { RasterError, type DrawList } from "@gvpie/raster";

import { areaOf, bandsOf, type Region } from "./bands.ts";
import { Binner } from "./binning.ts";
import { copyRegion } from "./copy.ts";
import { BLOCK_ROWS, MAX_WORKGROUPS, TILE_HEIGHT, WORKGROUP_SIZE } from "./layout.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import { guarded } from "./scopes.ts";
import { slicesOf } from "./slices.ts";
import { type Buffers, type Slot, SlotPool } from "./slots.ts";
import { MODE_READ } from "./usage.ts";

/** How much goes through the device at once. The defaults keep all buffers below the limits that WebGPU guarantees. */
export interface Portions {
  /** Pixels of one region, at least a tile. Default 2²³, which are 32 MiB. */
  readonly maxPixels?: number | undefined;
  /** 32-bit words of one upload, about. Default 2²³. */
  readonly maxWords?: number | undefined;
}

/** Draws on one device, until that is lost or the drawer destroyed. */
export class Drawer {
  readonly #device: GPUDevice;
  readonly #pipeline: Pipeline;
  readonly #slots: SlotPool;
  readonly #binner = new Binner();
  readonly #maxPixels: number;
  readonly #maxWords: number;
  /** How to reject each draw in flight: a lost device may leave its promises pending for ever. */
  readonly #inFlight = new Set<(reason: RasterError) => void>();
  #lost: RasterError | undefined;

  /** @throws {RasterError} `RASTER_DEVICE_LOST`, `RASTER_OUT_OF_MEMORY` or `RASTER_BACKEND`. */
  static async open(device: GPUDevice, portions: Portions = {}): Promise<Drawer> {
    const { result, judgement } = guarded(device, () => createPipeline(device));
    const [pipeline, judged] = await Promise.allSettled([result, judgement]);
    if (judged.status === "rejected") throw judged.reason;
    if (pipeline.status === "rejected") {
      throw new RasterError("RASTER_BACKEND", "the GPU does not compile the shader", {
        cause: pipeline.reason,
      });
    }
    return new Drawer(device, pipeline.value, portions);
  }

  private constructor(
    device: GPUDevice,
    pipeline: Pipeline,
    { maxPixels = 2 ** 23, maxWords = 2 ** 23 }: Portions,
  ) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#slots = new SlotPool(device, pipeline);
    this.#maxPixels = maxPixels;
    this.#maxWords = maxWords;
    void device.lost.then(({ message }) => this.#lose(message));
  }

  /** Why nothing can be drawn any more. */
  get lost(): RasterError | undefined {
    return this.#lost;
  }

  /**
   * Draws a list into `data`, which must fit its width and height. Once the promise has settled, `data` is not touched.
   *
   * @throws {RasterError} `RASTER_DEVICE_LOST`, `RASTER_OUT_OF_MEMORY` or `RASTER_BACKEND`.
   */
  async draw(list: DrawList, data: Uint8ClampedArray): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const regions = bandsOf(list.width, list.height, this.#maxPixels);
    const drawn = Promise.allSettled(regions.map((region) => this.#drawRegion(list, region, data)));
    for (const result of await this.#untilLost(drawn)) {
      if (result.status === "rejected") throw result.reason;
    }
  }

  /** Releases what was made on the device, not the device. */
  destroy(): void {
    this.#slots.destroy();
    this.#pipeline.destroy();
  }

  async #drawRegion(list: DrawList, region: Region, data: Uint8ClampedArray): Promise<void> {
    const slot = await this.#slots.acquire();
    try {
      const bytes = areaOf(region) * 4;
      const { result, judgement } = guarded(this.#device, () => {
        const staging = this.#submit(slot, list, region, bytes);
        return { staging, mapped: staging.mapAsync(MODE_READ, 0, bytes) };
      });
      // The judgement knows better why there is nothing to map.
      result.mapped.catch(() => {});
      await judgement;
      await result.mapped.catch((cause: unknown) => this.#lose(String(cause)));
      if (this.#lost !== undefined) throw this.#lost;
      copyRegion(new Uint8Array(result.staging.getMappedRange(0, bytes)), region, data, list.width);
      result.staging.unmap();
    } catch (error) {
      slot.free();
      throw error;
    } finally {
      this.#slots.release(slot);
    }
  }

  /** Queues all that draws a region and brings it into the buffer returned. */
  #submit(slot: Slot, list: DrawList, region: Region, bytes: number): GPUBuffer {
    const device = this.#device;
    const slices = slicesOf(list, region, this.#maxWords);
    let staging: GPUBuffer | undefined;
    for (const [i, slice] of slices.entries()) {
      const { words, isPlain } = this.#binner.bin(list, slice, region, i > 0);
      const buffers = slot.reserve(words.byteLength, bytes);
      device.queue.writeBuffer(buffers.input, 0, words);
      const encoder = device.createCommandEncoder();
      encodeDraw(encoder, this.#pipeline, buffers, region, isPlain);
      if (i === slices.length - 1) encoder.copyBufferToBuffer(buffers.pixels, 0, buffers.staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      staging = buffers.staging;
    }
    return staging as GPUBuffer;
  }

  #lose(message: string): void {
    if (this.#lost !== undefined) return;
    const reason = new RasterError(
      "RASTER_DEVICE_LOST",
      `the GPU device was lost: ${message || "no reason given"}`,
    );
    this.#lost = reason;
    for (const reject of this.#inFlight) reject(reason);
  }

  #untilLost<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#inFlight.add(reject);
      void work.then(resolve, reject).finally(() => this.#inFlight.delete(reject));
    });
  }
}

/** One invocation for every block of a region. */
export function encodeDraw(
  encoder: GPUCommandEncoder,
  pipeline: Pipeline,
  buffers: Buffers,
  { columns, rows }: Region,
  isPlain: boolean,
): void {
  const workgroups = Math.ceil((columns * rows * (TILE_HEIGHT / BLOCK_ROWS)) / WORKGROUP_SIZE);
  const pass = encoder.beginComputePass();
  pass.setPipeline(isPlain ? pipeline.drawPlain : pipeline.drawAny);
  pass.setBindGroup(0, buffers.binding);
  pass.dispatchWorkgroups(Math.min(workgroups, MAX_WORKGROUPS), Math.ceil(workgroups / MAX_WORKGROUPS));
  pass.end();
}
