import { nameOf, noAdapter, type NamedAdapter } from "./adapter.ts";
import type { AdapterDescription } from "./types.ts";

const REMEDY =
  "use a browser that has WebGPU, on a page from https or localhost, with hardware acceleration turned on";

/**
 * The adapter that `navigator.gpu` prefers.
 *
 * @param wanted part of its name, in any case.
 * @throws {RasterError} `RASTER_NO_ADAPTER`.
 */
export async function findAdapter(wanted = ""): Promise<NamedAdapter> {
  const found = await request();
  if (found === undefined) throw noAdapter(wanted, [], REMEDY);
  if (!found.name.toLowerCase().includes(wanted.toLowerCase())) throw noAdapter(wanted, [found.name], REMEDY);
  return found;
}

/** What {@link findAdapter} can find: a page sees at most one adapter. */
export async function listAdapters(): Promise<AdapterDescription[]> {
  const found = await request();
  if (found === undefined) return [];
  const { description, isFallbackAdapter } = found.adapter.info;
  return [{ name: found.name, driver: description, fallback: isFallbackAdapter }];
}

async function request(): Promise<NamedAdapter | undefined> {
  const { gpu } = (globalThis as { navigator?: { gpu?: GPU } }).navigator ?? {};
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  return adapter ? { adapter, name: nameOf(adapter.info) } : undefined;
}
