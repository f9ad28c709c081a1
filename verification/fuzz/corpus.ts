import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A corpus has at most this many files. */
const MAX_FILES = 80;

/** Reads the inputs that earlier sessions kept, in order of their names. */
export function readCorpus(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}

/** Writes an input to a file named by its hash, unless the corpus is full. */
export function addToCorpus(folder: string, input: Uint8Array): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length >= MAX_FILES) return;
  writeFileSync(join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16)), input);
}
