import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  const dir = mkdtempSync(join(parent, "gvpie-bench-"));
  try {
    yield* measure(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** {@link inFolder} on the disk. */
export function onDisk<T>(measure: (dir: string) => AsyncIterable<T>): AsyncGenerator<T> {
  return inFolder(disk, measure);
}
