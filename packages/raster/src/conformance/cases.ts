import type { RasterCase } from "./types.ts";

export const rasterCases: readonly RasterCase[] = [];
