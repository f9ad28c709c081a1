export { ExitCode } from "./exit-code.ts";
export { createLog, type LogOptions } from "./log.ts";
export {
  addLogOptions,
  createCommand,
  parseOptions,
  parsePath,
  parseWholeNumber,
  sharedDirectoryOption,
  type LogFlags,
} from "./options.ts";
export { stopSignal } from "./stop-signal.ts";
