/**
 * Test support of this package for the repository's verification, under `@gvpie/file-socket/test-support`.
 * The subpath resolves to sources only and is not published.
 */
export { IRREGULAR_FILES, placeVictim, VICTIM } from "./irregular-files.ts";
export { SERVER_PROCESS, SLOT_LOAD } from "./processes.ts";
export { renderer } from "./renderer.ts";
export { TestClock } from "./test-clock.ts";
