import type { Program } from "@gvpie/pxl-parser";
import {
  createFrame,
  lowerProgram,
  RasterError,
  type RasterizerInfo,
  type RenderOptions,
} from "@gvpie/raster";

import { type AdapterChoice, describeDevice, openDevice, type NamedDevice } from "./device.ts";
import { Drawer, type Portions } from "./drawer.ts";
import type { RenderedFrame, WebGpuRasterizer } from "./types.ts";

/** Where a rasteriser's devices come from. */
export interface DeviceSource {
  open(): Promise<NamedDevice>;
  /** Whether the devices are the rasteriser's own: destroyed when it is closed, and replaced when they are lost. */
  readonly isOwner: boolean;
}

/**
 * A rasteriser on a device of the caller's, who keeps it alive, and who destroys it after `close()`. A lost device is not
 * replaced: every render after that rejects with `RASTER_DEVICE_LOST`.
 */
export function createWebGpuRasterizer(device: GPUDevice): WebGpuRasterizer {
  const named = { device, info: describeDevice(device) };
  return new DeviceRasterizer({ open: () => Promise.resolve(named), isOwner: false }, named.info);
}

/**
 * A rasteriser on a device of its own. When that is lost, the renders in flight reject with `RASTER_DEVICE_LOST`, and the
 * next one looks for an adapter again.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER`, naming what to install, or `RASTER_BACKEND`.
 */
export async function openWebGpuRasterizer(choice: AdapterChoice = {}): Promise<WebGpuRasterizer> {
  const rasterizer = new DeviceRasterizer({ open: () => openDevice(choice), isOwner: true });
  await rasterizer.ready();
  return rasterizer;
}

const NOT_YET: RasterizerInfo = { backend: "webgpu", adapter: "none yet", fallback: false };

interface Opened extends NamedDevice {
  readonly drawer: Drawer;
}

export class DeviceRasterizer implements WebGpuRasterizer {
  readonly #source: DeviceSource;
  readonly #portions: Portions | undefined;
  readonly #inFlight = new Set<Promise<unknown>>();
  #info: RasterizerInfo;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #isClosed = false;

  constructor(source: DeviceSource, info: RasterizerInfo = NOT_YET, portions?: Portions) {
    this.#source = source;
    this.#info = info;
    this.#portions = portions;
  }

  get info(): RasterizerInfo {
    return this.#info;
  }

  render(program: string | Program, options: RenderOptions = {}): Promise<RenderedFrame> {
    const frame = this.#render(program, options);
    this.#inFlight.add(frame);
    const forget = () => this.#inFlight.delete(frame);
    frame.then(forget, forget);
    return frame;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#inFlight);
    const opened = this.#opened;
    this.#opened = this.#opening = undefined;
    opened?.drawer.destroy();
    if (this.#source.isOwner) opened?.device.destroy();
  }

  /** Resolves when there is a device that is not known to be lost, opening one where that is needed. */
  ready(): Promise<Opened> {
    const isLost = this.#opened?.drawer.lost !== undefined && this.#source.isOwner;
    if (this.#opening === undefined || isLost) {
      this.#opened = undefined;
      const opening = this.#open();
      this.#opening = opening;
      // Whoever waits for it learns of a failure; the next render tries again.
      opening.catch(() => {
        if (this.#opening === opening) this.#opening = undefined;
      });
    }
    return this.#opening;
  }

  async #open(): Promise<Opened> {
    const { device, info } = await this.#source.open();
    const drawer = await Drawer.open(device, this.#portions);
    this.#info = info;
    this.#opened = { device, info, drawer };
    return this.#opened;
  }

  async #render(program: string | Program, options: RenderOptions): Promise<RenderedFrame> {
    if (this.#isClosed) throw new RasterError("RASTER_CLOSED", "the rasteriser is closed");
    const list = lowerProgram(program, options);
    const { width, height, data } = createFrame(list.width, list.height, options.into);
    const { drawer, info } = await this.ready();
    await drawer.draw(list, data);
    return { width, height, data, info };
  }
}
