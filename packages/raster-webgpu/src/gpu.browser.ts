import { adapterMissing, adapterName, type NamedAdapter } from "./adapter.ts";
import type { AdapterDescription } from "./types.ts";

const HINT =
  "use a browser that has WebGPU, on a page from https or localhost, with hardware acceleration turned on";

/**
 * Finds the adapter that `navigator.gpu` prefers.
 *
 * @param wanted part of its name; case is ignored.
 * @throws {RasterError} `RASTER_NO_ADAPTER`.
 */
export async function findAdapter(wanted = ""): Promise<NamedAdapter> {
  const found = await request();
  if (found === undefined) throw adapterMissing(wanted, [], HINT);
  if (!found.name.toLowerCase().includes(wanted.toLowerCase())) {
    throw adapterMissing(wanted, [found.name], HINT);
  }
  return found;
}

/** Lists every adapter that {@link findAdapter} can find: in a page, at most one. */
export async function listAdapters(): Promise<AdapterDescription[]> {
  const found = await request();
  if (found === undefined) return [];
  const { description, isFallbackAdapter } = found.adapter.info;
  return [{ name: found.name, driver: description, fallback: isFallbackAdapter }];
}

async function request(): Promise<NamedAdapter | undefined> {
  const { gpu } = (globalThis as { navigator?: { gpu?: GPU } }).navigator ?? {};
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? { adapter, name: adapterName(adapter.info) } : undefined;
}
