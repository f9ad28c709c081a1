import { tmpdir } from "node:os";
import { createTemporaryDirectory } from "@gvpie/testing";

/** File systems to measure: memory, and the disk that `GVPIE_BENCH_DISK` names (default: the system's temporary folder). */
export interface Place {
  readonly name: "tmpfs" | "disk";
  readonly parent: string;
}

const disk: Place = { name: "disk", parent: process.env["GVPIE_BENCH_DISK"] ?? tmpdir() };

export const places: readonly Place[] = [{ name: "tmpfs", parent: "/dev/shm" }, disk];

/** Runs `measure` with a new folder, yields its results, and removes the folder. */
export async function* inFolder<T>(
  { parent }: Place,
  measure: (dir: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  using directory = createTemporaryDirectory({ parent, prefix: "gvpie-bench-" });
  yield* measure(directory.path);
}

/** {@link inFolder} on the disk. */
export function onDisk<T>(measure: (dir: string) => AsyncIterable<T>): AsyncGenerator<T> {
  return inFolder(disk, measure);
}
