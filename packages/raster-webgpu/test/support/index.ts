/**
 * Test support of this package for the repository's own bench, under `@gvpie/raster-webgpu/test-support`. The subpath
 * resolves to sources only and is not published; it may change at any time.
 */
export { runSuite, type SuiteReport } from "./suite.ts";
