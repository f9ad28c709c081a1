/**
 * Inflates zlib streams of empty deflate blocks with zlib and as Node and browsers do, and reads the metadata of a file of
 * 5 MiB whose texts are such streams. Medians of five rounds.
 *
 *   node --conditions=@gvpie/source packages/cartridge/bench/empty-blocks.bench.ts
 */
import { readCartridgeMetadata } from "@gvpie/cartridge";
import { median } from "@gvpie/testing";
import { inflateSync } from "node:zlib";
import { platform as browser } from "../src/platform.browser.ts";
import { platform as node } from "../src/platform.node.ts";
import { ascii, chunk, idat, IEND, ihdr, pngOf } from "../test/support/chunks.ts";
import { EMPTY_BLOCK_KINDS, type EmptyBlockKind, emptyBlocks } from "../test/support/empty-blocks.ts";

const MIB = 2 ** 20;
const ROUNDS = 5;

function fileOf(kind: EmptyBlockKind): Uint8Array {
  const texts = ["cartridge_type", "checksum", "created_at", "Software", "gvpie"].map((keyword) => {
    const prefix = ascii(`${keyword}\0\0`);
    return chunk("zTXt", Buffer.concat([prefix, emptyBlocks(kind, MIB - prefix.length)]));
  });
  return pngOf([ihdr(1, 1, 1, 0), ...texts, idat([0, 128]), IEND]);
}

function measure(tasks: Readonly<Record<string, () => unknown>>): void {
  const times = new Map(Object.keys(tasks).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(tasks)) {
      const start = performance.now();
      run();
      if (round >= 0) times.get(name)?.push(performance.now() - start);
    }
  }
  const [floor = 0] = [...times.values()].map(median);
  for (const [name, rounds] of times) {
    console.log(
      `  ${name.padEnd(44)} ${median(rounds).toFixed(1)} ms, ${(median(rounds) / floor).toFixed(1)} × zlib`,
    );
  }
}

/** Calls `read`, which throws. */
function rejects(read: () => unknown): void {
  try {
    read();
  } catch {
    return;
  }
  throw new Error("expected an error, got metadata");
}

for (const kind of EMPTY_BLOCK_KINDS) {
  const data = emptyBlocks(kind, 5 * MIB);
  const file = fileOf(kind);
  console.log(`5 MiB of empty blocks: ${kind}`);
  measure({
    zlib: () => inflateSync(data),
    "inflateSync in Node": () => node.inflateSync(data, 65_536),
    "inflateSync in browsers": () => browser.inflateSync(data, 65_536),
    "readCartridgeMetadata, five texts of 1 MiB": () => rejects(() => readCartridgeMetadata(file)),
  });
}
