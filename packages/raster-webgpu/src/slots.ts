import type { Pipeline } from "./pipeline.ts";
import { COPY_DST, COPY_SRC, MAP_READ, STORAGE } from "./usage.ts";

/** How many regions are on their way through the device at once. Others wait, which bounds the memory. */
const SLOTS = 3;
/** Bytes. Small buffers all have this size, so that small frames of different sizes share them. */
const LEAST_BYTES = 1 << 16;

/** The buffers that a region is drawn with. */
export interface Buffers {
  /** What the host writes and the shader reads. */
  readonly input: GPUBuffer;
  /** What the shader writes. */
  readonly pixels: GPUBuffer;
  /** What the host reads. */
  readonly staging: GPUBuffer;
  readonly binding: GPUBindGroup;
}

/** A set of buffers that grow as needed and are used again. */
export class Slot {
  readonly #device: GPUDevice;
  readonly #pipeline: Pipeline;
  #buffers: Buffers | undefined;

  constructor(device: GPUDevice, pipeline: Pipeline) {
    this.#device = device;
    this.#pipeline = pipeline;
  }

  /** Buffers of at least these sizes, in bytes. The content of `pixels` and `staging` stays unless they must grow. */
  reserve(inputBytes: number, pixelBytes: number): Buffers {
    const old = this.#buffers;
    if (old !== undefined && old.input.size >= inputBytes && old.pixels.size >= pixelBytes) return old;
    const input = this.#atLeast(old?.input, powerOfTwo(inputBytes), STORAGE | COPY_DST);
    const pixels = this.#atLeast(old?.pixels, pixelBytes, STORAGE | COPY_SRC);
    const staging = this.#atLeast(old?.staging, pixelBytes, COPY_DST | MAP_READ);
    this.#buffers = { input, pixels, staging, binding: this.#pipeline.bind(input, pixels) };
    return this.#buffers;
  }

  /** Destroys the buffers; the device does so once it has finished with them. */
  free(): void {
    const { input, pixels, staging } = this.#buffers ?? {};
    for (const buffer of [input, pixels, staging]) buffer?.destroy();
    this.#buffers = undefined;
  }

  #atLeast(old: GPUBuffer | undefined, size: number, usage: number): GPUBuffer {
    if (old !== undefined && old.size >= size) return old;
    old?.destroy();
    return this.#device.createBuffer({ label: "gvpie", size: Math.max(size, LEAST_BYTES), usage });
  }
}

/** Lends {@link SLOTS} slots to whoever asks first. */
export class SlotPool {
  readonly #all: readonly Slot[];
  readonly #idle: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor(device: GPUDevice, pipeline: Pipeline) {
    this.#all = Array.from({ length: SLOTS }, () => new Slot(device, pipeline));
    this.#idle = [...this.#all];
  }

  async acquire(): Promise<Slot> {
    return this.#idle.pop() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(slot);
    else next(slot);
  }

  destroy(): void {
    for (const slot of this.#all) slot.free();
  }
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
