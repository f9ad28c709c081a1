import { availableParallelism } from "node:os";
import { join, parse as parsePath } from "node:path";
import { type Rasterizer, RasterError } from "@gvpie/raster";
import { StdoutClosed, UsageError } from "./errors.ts";
import { exists, readProgram } from "./input.ts";
import { printJson, say } from "./output.ts";
import { expandPatterns, isDirectory } from "./patterns.ts";
import { startProgress } from "./progress.ts";
import { type RenderedFile, renderFile, type RenderSettings } from "./render-file.ts";
import {
  defaultOutput,
  EXTENSIONS,
  factsOf,
  refuseToReplace,
  sayWarnings,
  summaryOf,
} from "./render-output.ts";
import { line } from "./terminal-text.ts";
import { writeFile } from "./write-file.ts";

/** Each thread may hold a large frame. */
const MAX_THREADS = 8;

/** The output of several programs. */
export interface ManyOptions {
  /** Directory; undefined for that of each program. */
  readonly directory: string | undefined;
  readonly json: boolean;
  readonly watch: boolean;
}

/** Renders one program into its file. */
export type RenderOne = (path: string) => Promise<RenderedFile>;

/** Renders programs concurrently; one that fails does not stop the others. Returns the exit code. */
export async function renderMany(
  paths: readonly string[],
  settings: RenderSettings,
  { directory, json, watch }: ManyOptions,
): Promise<number> {
  const { format } = settings;
  if (paths.includes("-")) {
    throw new UsageError("expected files, got - among several programs or with --watch");
  }
  const files = expandPatterns(paths);
  if (files.length === 0 && !watch) {
    throw new UsageError(`expected a glob that names a file, got "${paths.join('" "')}"`);
  }
  if (watch && json) throw new UsageError("--watch has no --json");
  if (directory === undefined && format === "raw") {
    throw new UsageError("--format raw needs -o with a directory");
  }
  const target = outputOf(directory, files.length > 1 || paths.length > 1, format);
  if (directory !== undefined) refuseEqualNames(files, target);
  await using renderer = await openRenderer(settings, files.length);
  /** Files that this command has written: they are replaced without a question. */
  const written = new Set<string>();
  const renderOne: RenderOne = async (path) => {
    const source = readProgram(path);
    const rendered = await renderFile(path, source, { ...settings, rasterizer: renderer.rasterizer });
    const output = target(path);
    await sayWarnings(path, source, rendered.warnings);
    if (!written.has(output) && directory === undefined) refuseToReplace(output, format);
    writeFile(output, rendered.bytes);
    written.add(output);
    if (!json) say(summaryOf(output, rendered));
    return rendered;
  };
  if (watch) {
    const { watchPrograms } = await import("./render-watch.ts");
    return await watchPrograms(paths, renderOne);
  }
  using progress = startProgress();
  let done = 0;
  const results: object[] = [];
  const failed = await forEach(files, renderer.threads, async (path, index) => {
    try {
      results[index] = factsOf(target(path), format, await renderOne(path));
    } catch (error) {
      results[index] = { program: path, error: await sayFailure(error) };
      throw error;
    } finally {
      progress.update({ label: "rendering", done: ++done, total: files.length, unit: "programs" });
    }
  });
  if (json) printJson(results);
  if (failed > 0) say(`${files.length - failed} of ${files.length} programs rendered`);
  return failed > 0 ? 1 : 0;
}

/** Prints why a program was not rendered, and returns the error for JSON. Errors of the whole command are thrown again. */
export async function sayFailure(error: unknown): Promise<unknown> {
  if (error instanceof StdoutClosed || error instanceof UsageError) throw error;
  if (error instanceof RasterError && error.code === "RASTER_NO_ADAPTER") throw error;
  const { explain } = await import("./explain.ts");
  const { message, data } = explain(error);
  say(line`gvpie render: ${message}`);
  return data;
}

/** Works on the items with `width` at a time, in order. Returns the number of failures. */
async function forEach<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  let failed = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as T, index).catch((error: unknown) => {
        if (error instanceof StdoutClosed || error instanceof UsageError) throw error;
        failed++;
      });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return failed;
}

/** Opens the rasteriser that all programs share: threads of the CPU, or one adapter. */
async function openRenderer(
  { backend, adapter }: RenderSettings,
  files: number,
): Promise<AsyncDisposable & { readonly rasterizer: Rasterizer; readonly threads: number }> {
  const threads = Math.max(1, Math.min(files, availableParallelism(), MAX_THREADS));
  const rasterizer =
    backend === "webgpu"
      ? await (await import("./backends.ts")).openAdapter(adapter)
      : (await import("@gvpie/raster-cpu/worker")).createWorkerRasterizer({ threads });
  return { rasterizer, threads, [Symbol.asyncDispose]: () => rasterizer.close() };
}

/** Returns the function that names the output of a program. */
function outputOf(
  directory: string | undefined,
  isSeveral: boolean,
  format: string,
): (path: string) => string {
  if (directory === undefined) return (path) => defaultOutput(path, format);
  if (!isDirectory(directory)) {
    if (isSeveral) throw new UsageError(`-o: expected a directory for several programs, got ${directory}`);
    return () => directory;
  }
  if (!exists(directory)) throw new UsageError(`-o: there is no directory ${directory}`);
  return (path) => join(directory, `${parsePath(path).name}${EXTENSIONS[format] ?? ""}`);
}

function refuseEqualNames(files: readonly string[], target: (path: string) => string): void {
  const owners = new Map<string, string>();
  for (const file of files) {
    const owner = owners.get(target(file));
    if (owner !== undefined) {
      throw new UsageError(`-o: ${owner} and ${file} would both be written to ${target(file)}`);
    }
    owners.set(target(file), file);
  }
}
