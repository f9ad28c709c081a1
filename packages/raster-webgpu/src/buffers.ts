import type { Pipeline } from "./pipeline.ts";
import { COPY_DST, COPY_SRC, MAP_READ, STORAGE } from "./usage.ts";

/** Regions in flight on the device; further regions wait, which bounds the memory. */
const MAX_IN_FLIGHT = 3;
/** Bytes of the smallest buffer, so that small frames of different sizes share buffers. */
const MIN_BYTES = 1 << 16;

/** The buffers that a region is drawn with. */
export interface Buffers {
  /** Written by the host, read by the shader. */
  readonly input: GPUBuffer;
  /** Written by the shader. */
  readonly pixels: GPUBuffer;
  /** Read by the host. */
  readonly staging: GPUBuffer;
  readonly binding: GPUBindGroup;
}

/** Buffers that grow on demand and are reused. */
export class BufferSet {
  readonly #device: GPUDevice;
  readonly #pipeline: Pipeline;
  #buffers: Buffers | undefined;

  constructor(device: GPUDevice, pipeline: Pipeline) {
    this.#device = device;
    this.#pipeline = pipeline;
  }

  /** Returns buffers of at least these sizes in bytes. `pixels` and `staging` keep their content unless they must grow. */
  reserve(inputBytes: number, pixelBytes: number): Buffers {
    const old = this.#buffers;
    if (old !== undefined && old.input.size >= inputBytes && old.pixels.size >= pixelBytes) return old;
    const input = this.#atLeast(old?.input, powerOfTwo(inputBytes), STORAGE | COPY_DST);
    const pixels = this.#atLeast(old?.pixels, pixelBytes, STORAGE | COPY_SRC);
    const staging = this.#atLeast(old?.staging, pixelBytes, COPY_DST | MAP_READ);
    this.#buffers = { input, pixels, staging, binding: this.#pipeline.bind(input, pixels) };
    return this.#buffers;
  }

  /** Destroys the buffers. The device frees their memory once submitted work has finished with it. */
  destroy(): void {
    const { input, pixels, staging } = this.#buffers ?? {};
    for (const buffer of [input, pixels, staging]) buffer?.destroy();
    this.#buffers = undefined;
  }

  #atLeast(old: GPUBuffer | undefined, size: number, usage: number): GPUBuffer {
    if (old !== undefined && old.size >= size) return old;
    old?.destroy();
    return this.#device.createBuffer({ label: "gvpie", size: Math.max(size, MIN_BYTES), usage });
  }
}

/** Lends {@link MAX_IN_FLIGHT} sets of buffers, in the order of requests. */
export class BufferPool {
  readonly #all: readonly BufferSet[];
  readonly #idle: BufferSet[];
  readonly #waiting: ((set: BufferSet) => void)[] = [];

  constructor(device: GPUDevice, pipeline: Pipeline) {
    this.#all = Array.from({ length: MAX_IN_FLIGHT }, () => new BufferSet(device, pipeline));
    this.#idle = [...this.#all];
  }

  async acquire(): Promise<BufferSet> {
    return this.#idle.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(set: BufferSet): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle.push(set);
    } else {
      next(set);
    }
  }

  destroy(): void {
    for (const set of this.#all) set.destroy();
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
