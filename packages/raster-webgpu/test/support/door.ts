import { renderProgram as renderOnCpu } from "@gvpie/raster-cpu";
import { createWebGpuRasterizer, openWebGpuRasterizer, renderProgram } from "@gvpie/raster-webgpu";

const SIZE = { width: 40, height: 9 };
const BYTES = SIZE.width * SIZE.height * 4;
const SOURCE = "COLOR #ff8000a0\nTXT 1 1 door\nRECT 3 3 9 4";

const KINDS: Readonly<Record<string, () => Uint8ClampedArray>> = {
  "shared memory": () => new Uint8ClampedArray(new SharedArrayBuffer(BYTES)),
  "a part of shared memory": () => new Uint8ClampedArray(new SharedArrayBuffer(BYTES + 9), 3, BYTES),
  "a resizable buffer": () => new Uint8ClampedArray(new ArrayBuffer(BYTES, { maxByteLength: 2 * BYTES })),
  "a part of a buffer": () => new Uint8ClampedArray(BYTES + 9).subarray(5, 5 + BYTES),
};

async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "accepted";
  } catch (error) {
    const { name, message } = error as Error;
    return `${(error as { code?: string }).code ?? name}: ${message}`;
  }
}

/** The outcomes of {@link tryDoor}. */
export interface DoorReport {
  /** Kinds of the caller's memory that were not rendered into, with their errors. */
  readonly failures: readonly string[];
  /** Errors of renders whose memory was taken away meanwhile. */
  readonly taken: readonly string[];
  /** Errors of wrong arguments. */
  readonly refusals: readonly string[];
}

/** Renders into the caller's memory of every kind, takes it away during a render, and passes wrong arguments. */
export async function tryDoor(): Promise<DoorReport> {
  const rasterizer = await openWebGpuRasterizer();
  const expected = renderOnCpu(SOURCE, SIZE).data;
  const isRight = (data: Uint8ClampedArray) =>
    data.length === BYTES && expected.every((value, i) => value === data[i]);
  const failures: string[] = [];
  for (const [name, create] of Object.entries(KINDS)) {
    const into = create();
    const message = await messageOf(() => rasterizer.render(SOURCE, { ...SIZE, into }));
    if (message !== "accepted" || !isRight(into)) failures.push(`${name}: ${message}`);
  }
  const taken: string[] = [];
  const takeAway: readonly ((into: Uint8ClampedArray<ArrayBuffer>) => unknown)[] = [
    ({ buffer }) => structuredClone(buffer, { transfer: [buffer] }),
    ({ buffer }) => buffer.resize(8),
  ];
  for (const take of takeAway) {
    const into = new Uint8ClampedArray(new ArrayBuffer(BYTES, { maxByteLength: BYTES }));
    const rendering = messageOf(() => rasterizer.render(SOURCE, { ...SIZE, into }));
    take(into);
    taken.push(await rendering);
    if (!isRight((await rasterizer.render(SOURCE, SIZE)).data)) failures.push("the next render");
  }
  const refusals = [
    await messageOf(() => rasterizer.render(SOURCE, { widht: 4 } as object)),
    await messageOf(() => rasterizer.render(SOURCE, { device: {} } as object)),
    await messageOf(() => rasterizer.render(SOURCE, { limits: { pixel: 4 } as object })),
    await messageOf(() => renderProgram(SOURCE, { params: new Map() as never })),
    await messageOf(() => renderProgram(SOURCE, { device: {} as never })),
    await messageOf(() => renderProgram(SOURCE, { devise: undefined } as object)),
    await messageOf(() => renderProgram(SOURCE, null as never)),
    await messageOf(() => createWebGpuRasterizer(null as never)),
    await messageOf(() => openWebGpuRasterizer({ adaptor: "x" } as object)),
    await messageOf(() => openWebGpuRasterizer({ adapter: 5 as never })),
    await messageOf(() => openWebGpuRasterizer({ hardwareOnly: "no" as never })),
    await messageOf(() => rasterizer.render(SOURCE, { signal: AbortSignal.abort(new Error("aborted")) })),
  ];
  await rasterizer.close();
  return { failures, taken, refusals };
}
