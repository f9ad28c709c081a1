/**
 * Test support of this package for the repository's verification, under `@gvpie/daemon/test-support`.
 * The subpath resolves to sources only and is not published.
 */
export { type CrashResult, isOfCommand, killAnywhere, killAtFailpoints, killOpening } from "./crashes.ts";
export { startDaemonProcess } from "./daemon-process.ts";
export { type HostileNamesResult, saveHostileNames } from "./hostile-names.ts";
export { findViolations, stagingFiles } from "./invariants.ts";
export { type Escape, tryEscapes } from "./python-escapes.ts";
export { openRefusedDatabases, type RefusedDatabase } from "./refused-databases.ts";
export { createFilledFixture, readRows } from "./store-fixture.ts";
export { runTwoLoops, type TwoLoopsResult } from "./two-loops.ts";
export { findFaults } from "./year/find-faults.ts";
export { simulateYear, type YearResult } from "./year/simulate.ts";
