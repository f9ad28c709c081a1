import type { Program } from "@gvpie/pxl-parser";
import {
  COMMAND_STRIDE,
  countCommonCommands,
  createFrame,
  type DrawList,
  lowerProgram,
  prepareFrames,
  RasterError,
  type RasterizerInfo,
  type RenderOptions,
} from "@gvpie/raster";

import {
  type AdapterChoice,
  checkAdapterChoice,
  describeDevice,
  openDevice,
  type NamedDevice,
} from "./device.ts";
import { Drawer, type PassLimits } from "./drawer.ts";
import type { RenderedFrame, WebGpuRasterizer } from "./types.ts";

/** The source of a rasteriser's devices. */
export interface DeviceSource {
  open(): Promise<NamedDevice>;
  /** True if the rasteriser owns the devices: it destroys them when it is closed and replaces them when they are lost. */
  readonly isOwner: boolean;
}

/**
 * Returns a rasteriser on the caller's device. The caller keeps the device alive, and destroys it after `close()`. Once the
 * device is lost, every render rejects with `RASTER_DEVICE_LOST`.
 *
 * @throws {TypeError} if `device` is not a GPUDevice.
 */
export function createWebGpuRasterizer(device: GPUDevice): WebGpuRasterizer {
  const named = { device, info: describeDevice(device) };
  return new DeviceRasterizer({ open: () => Promise.resolve(named), isOwner: false }, named.info);
}

/**
 * Opens a rasteriser on a device of its own. When the device is lost, the renders in flight reject with
 * `RASTER_DEVICE_LOST`, and the next render opens another device.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, with the packages to install, or `RASTER_BACKEND`.
 * @throws {TypeError} if `choice` is not a plain object or has an unknown name.
 */
export async function openWebGpuRasterizer(choice: AdapterChoice = {}): Promise<WebGpuRasterizer> {
  checkAdapterChoice(choice);
  const rasterizer = new DeviceRasterizer({ open: () => openDevice(choice), isOwner: true });
  await rasterizer.ready();
  return rasterizer;
}

const NO_DEVICE_YET: RasterizerInfo = { backend: "webgpu", adapter: "none yet", fallback: false };

interface Opened extends NamedDevice {
  readonly drawer: Drawer;
}

export class DeviceRasterizer implements WebGpuRasterizer {
  readonly #source: DeviceSource;
  readonly #limits: PassLimits | undefined;
  readonly #inFlight = new Set<Promise<unknown>>();
  #info: RasterizerInfo;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #isClosed = false;

  constructor(source: DeviceSource, info: RasterizerInfo = NO_DEVICE_YET, limits?: PassLimits) {
    this.#source = source;
    this.#info = info;
    this.#limits = limits;
  }

  get info(): RasterizerInfo {
    return this.#info;
  }

  async render(program: string | Program, options: RenderOptions = {}): Promise<RenderedFrame> {
    this.#checkOpen();
    return this.#draw(lowerProgram(program, options), options.into);
  }

  async *renderFrames(
    program: string | Program,
    options: RenderOptions = {},
  ): AsyncGenerator<RenderedFrame, void, undefined> {
    const { into, signal } = options;
    this.#checkOpen();
    const prepared = prepareFrames(program, options);
    let before: { readonly list: DrawList; readonly frame: RenderedFrame } | undefined;
    for (let number = 0; number < prepared.count; number++) {
      signal?.throwIfAborted();
      this.#checkOpen();
      const list = prepared.lower(number);
      if (before !== undefined && isSame(list, before.list)) {
        const { width, height, data } = createFrame(list.width, list.height, into);
        data.set(before.frame.data);
        yield { ...before.frame, width, height, data };
        continue;
      }
      // The list is valid until the next one, and the caller may change the pixels.
      const copy = copyOf(list);
      const frame = await this.#draw(copy, into);
      before = { list: copy, frame: { ...frame, data: frame.data.slice() } };
      yield frame;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#inFlight);
    const opened = this.#opened;
    this.#opened = this.#opening = undefined;
    opened?.drawer.destroy();
    if (this.#source.isOwner) opened?.device.destroy();
  }

  /** Resolves to a device that is not known to be lost; opens one if there is none. */
  ready(): Promise<Opened> {
    const isLost = this.#opened?.drawer.lost !== undefined && this.#source.isOwner;
    if (this.#opening === undefined || isLost) {
      this.#opened = undefined;
      const opening = this.#open();
      this.#opening = opening;
      // The callers that wait for it see the failure; the next render tries again.
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    const { device, info } = await this.#source.open();
    const drawer = await Drawer.open(device, this.#limits);
    this.#info = info;
    this.#opened = { device, info, drawer };
    return this.#opened;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
  }

  #draw(list: DrawList, into: Uint8ClampedArray | undefined): Promise<RenderedFrame> {
    const frame = this.#drawOn(list, into);
    this.#inFlight.add(frame);
    void frame.catch(() => {}).finally(() => this.#inFlight.delete(frame));
    return frame;
  }

  async #drawOn(list: DrawList, into: Uint8ClampedArray | undefined): Promise<RenderedFrame> {
    const { width, height, data } = createFrame(list.width, list.height, into);
    const { drawer, info } = await this.ready();
    await drawer.draw(list, data);
    const { animation } = list;
    return { width, height, data, ...(animation && { animation }), info };
  }
}

function isSame(list: DrawList, before: DrawList): boolean {
  return list.count === before.count && countCommonCommands(list, before) === list.count;
}

function copyOf(list: DrawList): DrawList {
  return {
    ...list,
    commands: list.commands.slice(0, list.count * COMMAND_STRIDE),
    glyphs: list.glyphs.slice(),
  };
}
