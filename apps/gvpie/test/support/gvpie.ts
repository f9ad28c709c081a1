import { fileURLToPath } from "node:url";
import {
  bareEnvironment,
  bundleOf,
  type ProcessOptions,
  type ProcessResult,
  startNode,
  type TestProcess,
} from "@gvpie/testing";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** The command from its sources, as a shell reads it. */
export const SHELL_COMMAND = `"${process.execPath}" --conditions=@gvpie/source "${bundleOf(MAIN)}"`;

/** Starts the command from its sources. Of this process's environment it gets `PATH` alone. */
export function startGvpie(args: readonly string[], options: ProcessOptions = {}): TestProcess {
  return startNode(MAIN, args, { input: "", ...options, env: bareEnvironment(options.env) });
}

/** Runs the command to its end. */
export function gvpie(args: readonly string[], options?: ProcessOptions): Promise<ProcessResult> {
  return startGvpie(args, options).result();
}
