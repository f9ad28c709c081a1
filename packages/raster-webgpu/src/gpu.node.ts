import type { create } from "webgpu";

import { adapterMissing, type NamedAdapter } from "./adapter.ts";
import type { AdapterDescription } from "./types.ts";

interface Dawn {
  /** Starts an instance of Dawn with command line options such as `adapter=…`. */
  readonly create: typeof create;
}

const INSTALL_DAWN = "install the optional dependency: npm install webgpu@0.6.2";
const installDriver = (): string =>
  process.platform === "linux"
    ? "install the Vulkan loader and a driver: the graphics card's, or for software rendering Mesa 25 or newer " +
      "(Debian 13, Ubuntu 24.04: apt-get install libvulkan1 mesa-vulkan-drivers)"
    : "install a graphics driver for Vulkan, Direct3D 12 or Metal";

// Dawn's instances by adapter name, and every adapter used. They are kept forever, because the process aborts if one is
// garbage-collected.
const instances = new Map<string, GPU>();
const pinned: GPUAdapter[] = [];

let dawn: Promise<Dawn> | undefined;

/**
 * Finds an adapter through Dawn, hardware before software.
 *
 * @param wanted part of its name; case is ignored.
 * @throws {RasterError} `RASTER_NO_ADAPTER`, with the packages to install.
 */
export async function findAdapter(wanted = ""): Promise<NamedAdapter> {
  const found = await findAdapters();
  const matching = found.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const best = matching.find(({ adapter }) => !adapter.info.isFallbackAdapter) ?? matching[0];
  if (best !== undefined) return best;
  const names = found.map(({ name }) => name);
  throw adapterMissing(wanted, names, installDriver());
}

/**
 * Lists every adapter that {@link findAdapter} can find.
 *
 * @throws {RasterError} `RASTER_NO_ADAPTER` if Dawn is not installed.
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

/** Dawn lists its adapters only in the error message for an unknown name. */
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
    throw adapterMissing("", [], INSTALL_DAWN, { cause });
  }
}
