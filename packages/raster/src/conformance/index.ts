export { assertConforms, assertSameFrame } from "./assert.ts";
export { rasterCases } from "./cases.ts";
export { randomProgram, type RandomProgram, type RandomProgramOptions } from "./random.ts";
export { colorAt, DEFAULT_LEGEND, frameToText } from "./text.ts";
export type { Expected, Legend, RasterCase } from "./types.ts";
