import { join } from "node:path";
import { createFileSocketClient, type FileSocketClient } from "@gvpie/file-socket";
import { bareEnvironment, startNode, type TestProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";
import { onTestFinished } from "vitest";

const MAIN = new URL("../../src/main.ts", import.meta.url);

/** Starts the daemon from its sources. It is killed when the test has finished. */
export function startDaemon(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  wrapper: readonly string[] = [],
): TestProcess {
  return disposeAfterTest(startNode(MAIN, args, { env: bareEnvironment(env), wrapper }));
}

/** Starts a daemon, by default on the CPU, and resolves once it serves `dir`. */
export async function serve(
  dir: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<TestProcess> {
  const daemon = startDaemon(["--dir", dir, ...args], { GVPIE_BACKEND: "cpu", ...env });
  await daemon.waitForLine("serving ");
  return daemon;
}

/** A path where a daemon can create its directory. It is removed when the test has finished. */
export function sharedPath(): string {
  return join(temporaryDirectory(), "shared");
}

/** A client that is closed when the test has finished. */
export function connect(dir: string): FileSocketClient {
  const client = createFileSocketClient({ dir });
  onTestFinished(() => client.close());
  return client;
}
