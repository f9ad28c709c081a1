export { assertConforms, assertSameFrame } from "./assert.ts";
export { rasterCases } from "./cases.ts";
export { countOpcodes, countOperators } from "./coverage.ts";
export { randomProgram } from "./random.ts";
export { colorAt, DEFAULT_LEGEND, frameToText } from "./text.ts";
export type { Expected, Legend, RandomProgram, RandomProgramOptions, RasterCase } from "./types.ts";
