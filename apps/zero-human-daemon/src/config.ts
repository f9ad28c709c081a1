import { readVersion } from "@gvpie/app-common";
import {
  addHelpDetails,
  addLogOptions,
  createCommand,
  parseOptions,
  type LogFlags,
  type LogOptions,
} from "@gvpie/app-common/daemon";
import type { Command } from "commander";
import { addCapabilityOptions, capabilityConfig, type CapabilityConfig } from "./config/capabilities.ts";
import { addFilesOptions, filesConfig, type FilesConfig } from "./config/files.ts";
import { addNotifyOptions, notifyConfig, type NotifyConfig } from "./config/notify.ts";
import { addHistoryOptions, historyConfig, type HistoryConfig } from "./config/history.ts";
import { addReportsOptions, type ReportsConfig, reportsConfig } from "./config/reports.ts";
import { HELP } from "./help.ts";
import { addRunsOptions, runsConfig, type RunsConfig } from "./config/runs.ts";

/** The settings of one start: flags over environment over defaults. Each topic has a file in config/. */
export interface Config extends FilesConfig, RunsConfig, HistoryConfig, ReportsConfig {
  readonly version: string;
  readonly capabilities: CapabilityConfig;
  readonly notify: NotifyConfig;
  readonly log: LogOptions;
}

/** Options without a value, for which `GVPIE_ONCE=0` counts as unset. */
const SWITCHES = ["GVPIE_ONCE", "GVPIE_PYTHON", "GVPIE_NO_CREATE"];

/** Returns the command with its options. */
export function daemonCommand(): Command {
  const command = createCommand(
    "zero-human-daemon",
    "Run the scripts of a database periodically, and save the pictures they draw as cartridges.",
    readVersion(import.meta.dirname),
  );
  addFilesOptions(command);
  addRunsOptions(command);
  addHistoryOptions(command);
  addCapabilityOptions(command);
  addNotifyOptions(command);
  addReportsOptions(command);
  addLogOptions(command, "the messages on stderr and of the runs on stdout");
  addHelpDetails(command, HELP);
  return command;
}

/** @returns the exit code if there is nothing to start. */
export function readConfig(args: readonly string[]): Config | number {
  const command = daemonCommand();
  for (const name of SWITCHES) {
    if (process.env[name] === "0" || process.env[name] === "false") delete process.env[name];
  }
  const exitCode = parseOptions(command, args);
  if (exitCode !== undefined) return exitCode;
  const { logLevel, logFormat } = command.opts<LogFlags>();
  const files = filesConfig(command);
  return {
    version: readVersion(import.meta.dirname),
    ...files,
    ...runsConfig(command),
    ...historyConfig(command),
    ...reportsConfig(command, files.db),
    capabilities: capabilityConfig(command),
    notify: notifyConfig(command),
    log: { level: logLevel, format: logFormat },
  };
}
