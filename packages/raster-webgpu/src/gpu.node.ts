import type { create } from "webgpu";

import { noAdapter, type NamedAdapter } from "./adapter.ts";
import type { AdapterDescription } from "./types.ts";

interface Dawn {
  /** Starts a Dawn of its own, with command line options such as `adapter=…`. */
  readonly create: typeof create;
}

const INSTALL_DAWN = "install the optional dependency: npm install webgpu@0.6.2";
const INSTALL_DRIVER =
  process.platform === "linux"
    ? "install the Vulkan loader and a driver: the graphics card's, or for software rendering Mesa 25 or newer " +
      "(Debian 13, Ubuntu 24.04: apt-get install libvulkan1 mesa-vulkan-drivers)"
    : "install a graphics driver for Vulkan, Direct3D 12 or Metal";

// Dawn's entry points by the adapter's name, and every adapter ever used. They are never let go: when the garbage
// collector takes one of them, the process aborts.
const instances = new Map<string, GPU>();
const pinned: GPUAdapter[] = [];

let dawn: Promise<Dawn> | undefined;

/**
 * An adapter, through Dawn; hardware before software where no name is given.
 *
 * @param wanted part of its name, in any case.
 * @throws {RasterError} `RASTER_NO_ADAPTER`, naming what to install.
 */
export async function findAdapter(wanted?: string): Promise<NamedAdapter> {
  const found = await findAdapters();
  const fitting = found.filter(({ name }) => name.toLowerCase().includes((wanted ?? "").toLowerCase()));
  const best = fitting.find(({ adapter }) => !adapter.info.isFallbackAdapter) ?? fitting[0];
  if (best === undefined)
    throw noAdapter(
      wanted ?? "",
      found.map(({ name }) => name),
      INSTALL_DRIVER,
    );
  return best;
}

/**
 * All adapters that {@link findAdapter} can find.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` where Dawn itself is missing.
 */
export async function listAdapters(): Promise<AdapterDescription[]> {
  const found = await findAdapters();
  return found.map(({ adapter, name }) => ({
    name,
    driver: adapter.info.description,
    fallback: adapter.info.isFallbackAdapter,
  }));
}

async function findAdapters(): Promise<NamedAdapter[]> {
  const loaded = await (dawn ??= loadDawn());
  const found: NamedAdapter[] = [];
  for (const name of await adapterNames(loaded)) {
    const adapter = await requestAdapter(loaded, name);
    if (adapter) found.push({ adapter, name });
  }
  return found;
}

/** Dawn lists its adapters in one place only: the message for a name that none of them has. */
async function adapterNames(loaded: Dawn): Promise<Set<string>> {
  const message = await requestAdapter(loaded, "?").then(() => "", String);
  return new Set(Array.from(message.matchAll(/name: '(.*)'$/gm), ([, name]) => name ?? ""));
}

async function requestAdapter({ create }: Dawn, name: string): Promise<GPUAdapter | null> {
  let gpu = instances.get(name);
  if (gpu === undefined) {
    gpu = create([`adapter=${name}`]);
    instances.set(name, gpu);
  }
  const adapter = await gpu.requestAdapter();
  if (adapter) pinned.push(adapter);
  return adapter;
}

async function loadDawn(): Promise<Dawn> {
  try {
    return await import("webgpu");
  } catch (cause) {
    dawn = undefined;
    throw noAdapter("", [], INSTALL_DAWN, { cause });
  }
}
