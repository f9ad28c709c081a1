import { fileURLToPath } from "node:url";
import type { ServerLimits } from "@gvpie/file-socket";
import { type KitProcess, kitPath, start } from "../../packages/file-socket/test/kit/processes.ts";
import { until } from "../../packages/file-socket/test/kit/until.ts";
import type { Rig } from "../row.ts";

const SOURCE = "--conditions=@gvpie/source";
const DAEMON = fileURLToPath(new URL("../../apps/gvpie-daemon/src/main.ts", import.meta.url));

/** How a process of ours is started. */
export interface StartOptions {
  /** Put before the command, such as `env` with its arguments. */
  readonly wrapper?: readonly string[];
  readonly environment?: object;
  /** Modules that Node loads first. */
  readonly imports?: readonly string[];
}

/** The path of a file of this kit. */
export const faultKitPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Run a TypeScript file under Node, from live sources. It is killed when the row ends. */
export function startNode(
  rig: Pick<Rig, "defer">,
  file: string,
  args: readonly string[],
  { wrapper = [], environment = {}, imports = [] }: StartOptions = {},
): KitProcess {
  const node = [process.execPath, SOURCE, ...imports.map((path) => `--import=${path}`), file, ...args];
  const [command = "", ...rest] = [...wrapper, ...node];
  const started = start(command, rest, environment);
  rig.defer(() => started.kill("SIGKILL"));
  return started;
}

/** The file socket's test server in a process of its own, whose renderer obeys orders such as `!sleep 500`. */
export async function startTestServer(
  rig: Pick<Rig, "defer">,
  dir: string,
  {
    limits = {},
    uid,
    ...options
  }: StartOptions & { readonly limits?: Partial<ServerLimits>; readonly uid?: number } = {},
): Promise<KitProcess> {
  const server = startNode(
    rig,
    kitPath("server-process.ts"),
    [JSON.stringify({ dir, limits, uid })],
    options,
  );
  await server.tells("ready");
  return server;
}

/** The real gvpie-daemon; not waited for. */
export function startDaemon(
  rig: Pick<Rig, "defer">,
  args: readonly string[],
  options: StartOptions = {},
): KitProcess {
  return startNode(rig, DAEMON, args, options);
}

/** Resolves when the daemon says that it serves. */
export async function serves(daemon: KitProcess): Promise<void> {
  await until(() => daemon.complaints().includes("serving "), 60_000);
}

/** The real gvpie-daemon, drawing on the CPU and serving `dir`. */
export async function startServing(
  rig: Pick<Rig, "defer">,
  dir: string,
  args: readonly string[] = [],
): Promise<KitProcess> {
  const daemon = startDaemon(rig, ["--dir", dir, "--backend", "cpu", ...args]);
  await serves(daemon);
  return daemon;
}
