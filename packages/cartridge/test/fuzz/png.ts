import { decodeCartridge, decodePng } from "@gvpie/cartridge";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { checkFrame, LIMITS as limits, pngTarget } from "./support/png-target.ts";

export const target: FuzzTarget = pngTarget("PNG files, decoded, and their checksums", 20, async (input) => {
  checkFrame(await decodePng(input, { limits }));
  const { frame, metadata } = await decodeCartridge(input, { limits });
  checkFrame(frame);
  return `decoded ${metadata === undefined} ${frame.data.length > 1_000}`;
});
