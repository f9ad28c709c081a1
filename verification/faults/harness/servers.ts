import { fileURLToPath } from "node:url";
import type { ServerLimits } from "@gvpie/file-socket";
import { SERVER_PROCESS } from "@gvpie/file-socket/test-support";
import * as testing from "@gvpie/testing";
import type { TestProcess } from "@gvpie/testing";
import type { CleanupContext } from "./fault-case.ts";

const GVPIE_DAEMON = fileURLToPath(new URL("../../../apps/gvpie-daemon/src/main.ts", import.meta.url));
const LOOP = fileURLToPath(new URL("../../../apps/zero-human-daemon/src/main.ts", import.meta.url));
/** The folder of the Python example clients. */
export const PYTHON_CLIENTS: string = fileURLToPath(
  new URL("../../../examples/python-client", import.meta.url),
);

export interface StartOptions extends Pick<testing.NodeOptions, "wrapper" | "imports"> {
  /** Variables added to the environment of this process. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Returns the path of a file of the harness. */
export function harnessPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Starts a command that is killed when the case ends. */
export function startProcess(context: CleanupContext, command: string, args: readonly string[]): TestProcess {
  return killedWithCase(context, testing.startProcess(command, args));
}

/** Starts a TypeScript file under Node that is killed when the case ends. */
export function startNode(
  context: CleanupContext,
  file: string,
  args: readonly string[],
  { environment, ...options }: StartOptions = {},
): TestProcess {
  const env = { ...process.env, ...environment };
  return killedWithCase(context, testing.startNode(file, args, { ...options, env }));
}

/** Starts the file socket's test server, whose renderer obeys orders such as `!sleep 500`, and waits until it serves. */
export async function startTestServer(
  context: CleanupContext,
  dir: string,
  {
    limits = {},
    uid,
    ...options
  }: StartOptions & { readonly limits?: Partial<ServerLimits>; readonly uid?: number } = {},
): Promise<TestProcess> {
  const server = startNode(context, SERVER_PROCESS, [JSON.stringify({ dir, limits, uid })], options);
  await server.waitForMessage("ready");
  return server;
}

/** Starts the real gvpie-daemon and does not wait. */
export function startDaemon(
  context: CleanupContext,
  args: readonly string[],
  options: StartOptions = {},
): TestProcess {
  return startNode(context, GVPIE_DAEMON, args, options);
}

/** Starts the real zero-human-daemon and does not wait. */
export function startLoop(
  context: CleanupContext,
  args: readonly string[],
  options: StartOptions = {},
): TestProcess {
  return startNode(context, LOOP, args, options);
}

/** Starts the real gvpie-daemon with the CPU backend and waits until it serves `dir`. */
export async function startServing(
  context: CleanupContext,
  dir: string,
  args: readonly string[] = [],
): Promise<TestProcess> {
  const daemon = startDaemon(context, ["--dir", dir, "--backend", "cpu", ...args]);
  await daemon.waitForLine("serving ");
  return daemon;
}

function killedWithCase(context: CleanupContext, started: TestProcess): TestProcess {
  context.defer(() => started[Symbol.asyncDispose]());
  return started;
}
