export { bundleOf } from "./bundle-of.ts";
export { failpointNames } from "./failpoint-names.ts";
export { faketimeEnvironment, findFaketime } from "./faketime.ts";
export { formatCount, formatMib, formatMs } from "./format.ts";
export { installCommands } from "./install-commands.ts";
export {
  bareEnvironment,
  type ExitStatus,
  type Message,
  type NodeOptions,
  type ProcessOptions,
  type ProcessResult,
  runNode,
  runProcess,
  startNode,
  startProcess,
  type TestProcess,
} from "./process.ts";
export { cpuSeconds, descriptorCount, peakBytes, residentBytes, resetPeak } from "./process-usage.ts";
export { newSeed, SeededRandom } from "./random.ts";
export { replaceBetween } from "./replace-between.ts";
export { hasSystemdNotify, type ServiceManager, startServiceManager } from "./service-manager.ts";
export { skipVisibly } from "./skip.ts";
export { max, median, percentile, ratio, sum } from "./statistics.ts";
export {
  createTemporaryDirectory,
  type TemporaryDirectory,
  type TemporaryDirectoryOptions,
} from "./temporary-directory.ts";
export { isRoot, NOBODY_UID } from "./users.ts";
export { waitUntil, type WaitOptions } from "./wait-until.ts";
