import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("corpus", import.meta.url));

/** The inputs that earlier runs found worth keeping, by name. */
export function readCorpus(target: string): Uint8Array[] {
  const folder = join(FOLDER, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}

/** Files of one target, at most. */
const MOST = 80;

/** Keeps an input, while there is room; its name is its hash. */
export function keep(target: string, input: Uint8Array): void {
  const folder = join(FOLDER, target);
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length >= MOST) return;
  writeFileSync(join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16)), input);
}
