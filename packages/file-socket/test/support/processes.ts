import { fileURLToPath } from "node:url";
import type { ServerLimits } from "@gvpie/file-socket";
import { startNode, startProcess, type TestProcess } from "@gvpie/testing";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Serves a directory with {@link renderer}. Argument: `{ dir, limits, uid }`. */
export const SERVER_PROCESS: string = path("server-process.ts");
/** Renders through the spool with the TypeScript client. Argument: `{ dir, count }`. */
export const SPOOL_LOAD: string = path("spool-load.ts");
/** Renders through the spool with the Python client. Argument: `{ dir, count, examples }`. */
export const PYTHON_SPOOL_LOAD: string = path("spool_load.py");
/** Sends commands through the slot as an old client does. See the file for its argument. */
export const SLOT_LOAD: string = path("slot_load.py");
/** Renders once and does not close its client. Argument: the directory. */
export const IDLE_CLIENT: string = path("idle-client.ts");
/** Runs one storage scenario. Argument: `{ scenario, dir }`. */
export const STORAGE_SCENARIOS: string = path("storage-scenarios.ts");
/** The folder of the Python clients. */
export const PYTHON_CLIENTS: string = path("../../../../examples/python-client");

/** Starts a server process and waits until it serves. */
export async function startServer(dir: string, limits: Partial<ServerLimits> = {}): Promise<TestProcess> {
  const server = startNode(SERVER_PROCESS, [JSON.stringify({ dir, limits })]);
  await server.waitForMessage("ready");
  return server;
}

/** Starts a Python program with a JSON argument that includes the path of the Python clients. */
export function startPython(program: string, argument: object): TestProcess {
  return startProcess("python3", [program, JSON.stringify({ ...argument, examples: PYTHON_CLIENTS })]);
}
