import { appendFileSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { descriptorCount, residentBytes, type TestProcess } from "@gvpie/testing";
import type { SoakDirectory } from "./soak-directory.ts";

/** Resource usage of a process. */
export interface ProcessSample {
  /** Since its start. */
  readonly ageSeconds: number;
  readonly pid: number;
  readonly residentBytes: number;
  readonly descriptors: number;
}

/** One measurement of everything that must not grow. */
export interface Sample {
  /** Time, on the clock of `Date.now()`. */
  readonly at: number;
  /** Undefined if it was not running. */
  readonly renderer: ProcessSample | undefined;
  readonly loop: ProcessSample | undefined;
  /** Files below the directory of the file socket. */
  readonly socketFiles: number;
  readonly socketBytes: number;
  readonly cartridges: number;
  readonly cartridgeBytes: number;
  readonly databaseBytes: number;
  /** Size of the database's write-ahead log. */
  readonly logBytes: number;
}

export function takeSample(
  { dir, path, folder }: SoakDirectory,
  renderer: TestProcess | undefined,
  loop: TestProcess | undefined,
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

function measureProcess(process: TestProcess | undefined): ProcessSample | undefined {
  if (!process) return undefined;
  try {
    const { pid, startedAt } = process;
    const ageSeconds = (performance.now() - startedAt) / 1000;
    return { ageSeconds, pid, residentBytes: residentBytes(pid), descriptors: descriptorCount(pid) };
  } catch {
    // It was just killed.
    return undefined;
  }
}

/** Counts the files below a folder, which may change meanwhile. */
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

/** The log of a soak, one JSON object a line. */
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
