import { release } from "./bytes.ts";
import { joinData } from "./chunk.ts";
import { hasCommonBlocks } from "./deflate-blocks.ts";
import { passesOf } from "./header.ts";
import type { Structure } from "./structure.ts";
import { inflatedSize } from "./unpack.ts";

/**
 * RFC 1950 §2.2: the upper half of the first byte states the window, of at most 32 KiB. libpng stops with an error at a
 * reference beyond it, and other decoders do not. A window as large as the pixel data excludes such a reference.
 */
export function checkPixelData({ header, data }: Pick<Structure, "header" | "data">): string | undefined {
  const stream = joinData(data);
  const isCopy = stream.buffer !== data.bytes.buffer;
  try {
    const window = 2 ** (((stream[0] as number) >> 4) + 8);
    if (window < Math.min(32_768, inflatedSize(passesOf(header)))) {
      return `it states a window of ${window} bytes, and some viewers do not show what refers further back`;
    }
    return hasCommonBlocks(stream)
      ? undefined
      : "it has a block with no code but that of its end, where some viewers stop, or an excess of blocks";
  } finally {
    if (isCopy) release(stream);
  }
}
