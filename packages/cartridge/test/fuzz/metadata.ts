import { readCartridgeMetadata } from "@gvpie/cartridge";
import type { FuzzTarget } from "@gvpie/testing/fuzz";
import { LIMITS as limits, pngTarget } from "./support/png-target.ts";

export const target: FuzzTarget = pngTarget("metadata of cartridges", 40, (input) => {
  const { gvpie, ...texts } = readCartridgeMetadata(input, { limits });
  const kinds = [...Object.entries(texts), ...Object.entries(gvpie ?? {})].map(
    ([key, value]) => `${key}:${value === undefined ? "none" : typeof value}`,
  );
  return `read ${kinds.join(" ")}`;
});
