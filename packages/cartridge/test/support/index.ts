/**
 * Test support of this package for the repository's verification, under `@gvpie/cartridge/test-support`.
 * The subpath resolves to sources only and is not published.
 */
export { chunk, chunksOf, IEND, ihdr, pngOf, type RawChunk, textChunk } from "./chunks.ts";
