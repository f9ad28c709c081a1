export { ExitCode } from "./exit-code.ts";
export { addHelpDetails, type DaemonHelp } from "./help.ts";
export { createLog, type LogOptions } from "./log.ts";
export { tooFewOpenFiles } from "./open-files.ts";
export {
  addLogOptions,
  createCommand,
  parseOptions,
  parsePath,
  parseWholeNumber,
  sharedDirectoryOption,
  type LogFlags,
} from "./options.ts";
export { SettingsError } from "./settings-error.ts";
export { isShortage } from "./shortage.ts";
export { stopSignal } from "./stop-signal.ts";
export { createServiceNotifier, type ServiceNotifier } from "./systemd.ts";
export { startWatchdog, type Watchdog } from "./watchdog.ts";
