import { RasterError, type DrawList } from "@gvpie/raster";

import { bandsOf, bufferPixels, type Region } from "./bands.ts";
import { Binner } from "./binning.ts";
import { type BufferSet, type Buffers, BufferPool } from "./buffers.ts";
import { copyRegion } from "./copy.ts";
import { BLOCK_ROWS, MAX_WORKGROUPS, TILE_HEIGHT, WORKGROUP_SIZE } from "./layout.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import { withErrorScopes } from "./scopes.ts";
import { slicesOf } from "./slices.ts";
import { MODE_READ } from "./usage.ts";

/** Limits of one pass. The defaults keep all buffers below the limits that WebGPU guarantees. */
export interface PassLimits {
  /** Pixels of one region, at least a tile. Default 2²³, or 32 MiB. */
  readonly maxPixels?: number | undefined;
  /** Approximate 32-bit words of one upload. Default 2²³. */
  readonly maxWords?: number | undefined;
}

/** Draws on one device, until the device is lost or the drawer destroyed. */
export class Drawer {
  readonly #device: GPUDevice;
  readonly #pipeline: Pipeline;
  readonly #pool: BufferPool;
  readonly #binner = new Binner();
  readonly #maxPixels: number;
  readonly #maxWords: number;
  /** Rejects each draw in flight: the promises of a lost device may stay pending forever. */
  readonly #inFlight = new Set<(reason: RasterError) => void>();
  #lost: RasterError | undefined;

  /** @throws {RasterError} `RASTER_DEVICE_LOST`, `RASTER_OUT_OF_MEMORY` or `RASTER_BACKEND`. */
  static async open(device: GPUDevice, limits: PassLimits = {}): Promise<Drawer> {
    const { result, scopeErrors } = withErrorScopes(device, () => createPipeline(device));
    const [pipeline, scopes] = await Promise.allSettled([result, scopeErrors]);
    if (scopes.status === "rejected") throw scopes.reason;
    if (pipeline.status === "rejected") {
      throw new RasterError("RASTER_BACKEND", "the GPU does not compile the shader", {
        cause: pipeline.reason,
      });
    }
    return new Drawer(device, pipeline.value, limits);
  }

  private constructor(
    device: GPUDevice,
    pipeline: Pipeline,
    { maxPixels = 2 ** 23, maxWords = 2 ** 23 }: PassLimits,
  ) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#pool = new BufferPool(device, pipeline);
    this.#maxPixels = maxPixels;
    this.#maxWords = maxWords;
    void device.lost.then(({ message }) => this.#lose(message));
  }

  /** The error of every further draw; undefined while the device works. */
  get lost(): RasterError | undefined {
    return this.#lost;
  }

  /**
   * Draws a list into `data`, which must fit its width and height. Does not touch `data` once the promise has settled.
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

  /** Destroys the buffers and the pipeline, not the device. */
  destroy(): void {
    this.#pool.destroy();
    this.#pipeline.destroy();
  }

  async #drawRegion(list: DrawList, region: Region, data: Uint8ClampedArray): Promise<void> {
    const set = await this.#pool.acquire();
    try {
      const bytes = bufferPixels(region) * 4;
      const { result, scopeErrors } = withErrorScopes(this.#device, () => {
        const staging = this.#submit(set, list, region, bytes);
        return { staging, mapped: staging.mapAsync(MODE_READ, 0, bytes) };
      });
      // If both fail, the scopes hold the cause.
      result.mapped.catch(() => {});
      await scopeErrors;
      await result.mapped.catch((cause: unknown) => this.#lose(String(cause)));
      if (this.#lost !== undefined) throw this.#lost;
      copyRegion(new Uint8Array(result.staging.getMappedRange(0, bytes)), region, data, list.width);
      result.staging.unmap();
    } catch (error) {
      set.destroy();
      throw error;
    } finally {
      this.#pool.release(set);
    }
  }

  /** Submits the drawing of a region and its copy into the staging buffer, which it returns. */
  #submit(set: BufferSet, list: DrawList, region: Region, bytes: number): GPUBuffer {
    const device = this.#device;
    const slices = slicesOf(list, region, this.#maxWords);
    let staging: GPUBuffer | undefined;
    for (const [i, slice] of slices.entries()) {
      const { words, isPlain } = this.#binner.bin(list, slice, region, i > 0);
      const buffers = set.reserve(words.byteLength, bytes);
      device.queue.writeBuffer(buffers.input, 0, words);
      const encoder = device.createCommandEncoder();
      encodeDraw(encoder, this.#pipeline, buffers, region, isPlain);
      if (i === slices.length - 1) encoder.copyBufferToBuffer(buffers.pixels, 0, buffers.staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      staging = buffers.staging;
    }
    return staging as GPUBuffer;
  }

  #lose(cause: string): void {
    if (this.#lost !== undefined) return;
    const message = `the GPU device was lost: ${cause || "no reason given"}`;
    const reason = new RasterError("RASTER_DEVICE_LOST", message);
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

/** Encodes one invocation for every block of a region. */
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
