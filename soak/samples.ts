import { appendFileSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { descriptorCount, residentBytes } from "../faults/kit/proc.ts";
import type { Child } from "./child.ts";
import type { Place } from "./place.ts";

/** What a process takes. */
export interface ProcessSample {
  /** Seconds since its start. */
  readonly age: number;
  readonly pid: number;
  readonly residentBytes: number;
  readonly descriptors: number;
}

/** Everything that is looked at again and again. */
export interface Sample {
  /** On the clock of `Date.now()`. */
  readonly at: number;
  /** Undefined where it was not there just then. */
  readonly renderer: ProcessSample | undefined;
  readonly loop: ProcessSample | undefined;
  /** Below the directory of the file socket. */
  readonly socketFiles: number;
  readonly socketBytes: number;
  readonly cartridges: number;
  readonly cartridgeBytes: number;
  readonly databaseBytes: number;
  /** Of the database's write-ahead log. */
  readonly logBytes: number;
}

export function takeSample(
  { dir, path, folder }: Place,
  renderer: Child | undefined,
  loop: Child | undefined,
): Sample {
  const socket = measureTree(dir);
  const cartridges = measureTree(folder);
  return {
    at: Date.now(),
    renderer: measureProcess(renderer),
    loop: measureProcess(loop),
    socketFiles: socket.files,
    socketBytes: socket.bytes,
    cartridges: cartridges.files,
    cartridgeBytes: cartridges.bytes,
    databaseBytes: sizeOf(path),
    logBytes: sizeOf(`${path}-wal`),
  };
}

function measureProcess(child: Child | undefined): ProcessSample | undefined {
  if (!child) return undefined;
  try {
    const { pid, startedAt } = child;
    const age = (performance.now() - startedAt) / 1000;
    return { age, pid, residentBytes: residentBytes(pid), descriptors: descriptorCount(pid) };
  } catch {
    // It has just been killed.
    return undefined;
  }
}

/** Files may come and go while it looks. */
function measureTree(root: string): { files: number; bytes: number } {
  let files = 0;
  let bytes = 0;
  const names = lstatSync(root, { throwIfNoEntry: false }) ? readdirSync(root, { withFileTypes: true }) : [];
  for (const entry of names) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) {
      const below = measureTree(path);
      files += below.files;
      bytes += below.bytes;
    } else {
      files++;
      bytes += sizeOf(path);
    }
  }
  return { files, bytes };
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** All that is seen, one JSON object a line. */
export class SoakLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }

  write(line: object): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }
}
