export { createDaemon } from "./daemon.ts";
export { RunError, type RunErrorCode } from "./errors.ts";
export {
  createRunCapabilities,
  type RunCapabilities,
  type RunCapabilitiesOptions,
} from "./run-capabilities.ts";
export {
  createCartridgeRunner,
  createGvpieRunner,
  createPixelRunner,
  createPythonRunner,
  type RenderClient,
} from "./runners/index.ts";
export type {
  ConditionChange,
  Daemon,
  DaemonEvent,
  DaemonOptions,
  DaemonStatus,
  DiskStatus,
  Drawing,
  Kept,
  RunAudit,
  RunCapability,
  RunContext,
  RunnableScript,
  Runner,
  RunReport,
  RunResult,
} from "./types.ts";
