export { createDaemon } from "./daemon.ts";
export { RunError, type RunErrorCode } from "./errors.ts";
export {
  createCartridgeRunner,
  createGvpieRunner,
  createPixelRunner,
  createPythonRunner,
  type RenderClient,
} from "./runners/index.ts";
export type {
  Daemon,
  DaemonEvent,
  DaemonOptions,
  Drawing,
  RunContext,
  RunnableScript,
  Runner,
  RunReport,
  RunResult,
} from "./types.ts";
