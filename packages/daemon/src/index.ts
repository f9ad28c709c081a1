export { createCartridgeRunner } from "./cartridge-runner.ts";
export { createDaemon } from "./daemon.ts";
export { RunError, type RunErrorCode } from "./errors.ts";
export { createGvpieRunner, type RenderClient } from "./gvpie-runner.ts";
export { createPixelRunner } from "./pixel-runner.ts";
export { createPythonRunner } from "./python-runner.ts";
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
