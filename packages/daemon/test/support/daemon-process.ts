import type { DaemonOptions, RunReport } from "@gvpie/daemon";
import { startNode, type ExitStatus } from "@gvpie/testing";
import type { StoreFixture } from "./store-fixture.ts";

/** A daemon in its own process, which is killed on disposal. */
export interface DaemonProcess extends AsyncDisposable {
  /** Reports so far. */
  readonly reports: readonly RunReport[];
  /** Resolves once there are `count` reports or the process has exited. */
  reported(count: number): Promise<void>;
  /** Sends a signal, and resolves like {@link DaemonProcess.exited}. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<ExitStatus>;
  /** Resolves with the exit code, or with the signal that ended the process. */
  readonly exited: Promise<ExitStatus>;
}

/** Options of the daemon and of its process. */
export interface DaemonProcessOptions extends Partial<DaemonOptions> {
  /** Kills the process the nth time that it reaches this failpoint. */
  readonly dieAt?: { readonly failpoint: string; readonly hit: number };
  /** A command with its arguments that runs this one. */
  readonly wrapper?: readonly string[];
}

/** Starts `daemon-main.ts`, and resolves once it has opened its store or exited. */
export async function startDaemonProcess(
  { path, folder }: Pick<StoreFixture, "path" | "folder">,
  { dieAt, wrapper, ...options }: DaemonProcessOptions = {},
): Promise<DaemonProcess> {
  const args = [path, folder, JSON.stringify(options), JSON.stringify(dieAt ?? null)];
  const child = startNode(new URL("daemon-main.ts", import.meta.url), args, { wrapper });
  let hasExited = false;
  const exited = child.exited.finally(() => {
    hasExited = true;
  });
  const reports = child.messages as unknown as readonly RunReport[];
  await child.waitFor(() => child.lines.includes("started") || hasExited);
  return {
    reports,
    exited,
    kill: (signal) => child.kill(signal),
    reported: async (count) => {
      await child.waitFor(() => reports.length >= count || hasExited);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
