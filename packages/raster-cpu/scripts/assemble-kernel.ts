/**
 * Assembles `src/kernel/kernel.wat` into `src/kernel/kernel-bytes.ts`.
 *
 * Run: pnpm --filter @gvpie/raster-cpu assemble
 */
import { readFileSync, writeFileSync } from "node:fs";

import wabt from "wabt";

const SOURCE = new URL("../src/kernel/kernel.wat", import.meta.url);
/** The generated file. */
export const KERNEL_BYTES_FILE: URL = new URL("../src/kernel/kernel-bytes.ts", import.meta.url);

/** Returns the text of the generated file. Throws with line and column if `kernel.wat` has an error. */
export async function assembleKernel(): Promise<string> {
  const { parseWat } = await wabt();
  // A copy, because wabt reads the whole buffer under a view, and small files are views of a larger buffer.
  const module = parseWat("kernel.wat", Uint8Array.from(readFileSync(SOURCE)), { simd: true });
  module.validate();
  const bytes = [...module.toBinary({}).buffer].map(String);
  module.destroy();
  return [
    "// Generated from kernel.wat by packages/raster-cpu/scripts/assemble-kernel.ts.",
    "/** The bytes of the WebAssembly module. */",
    "export const KERNEL_BYTES: readonly number[] = [",
    ...fillLines(bytes),
    "];",
    "",
  ].join("\n");
}

/** Indented lines of at most 110 columns, as the formatter breaks a list of numbers. */
function fillLines(items: readonly string[]): string[] {
  const lines = [" "];
  for (const item of items) {
    if (`${lines.at(-1)} ${item},`.length > 110) lines.push(" ");
    lines.push(`${lines.pop()} ${item},`);
  }
  return lines;
}

if (import.meta.main) writeFileSync(KERNEL_BYTES_FILE, await assembleKernel());
