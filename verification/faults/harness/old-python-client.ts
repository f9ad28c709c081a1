import { SLOT_LOAD } from "@gvpie/file-socket/test-support";
import type { CleanupContext } from "./fault-case.ts";
import { PYTHON_CLIENTS, startProcess } from "./servers.ts";

export interface OldClientOptions {
  /** Number of renders. */
  readonly count: number;
  /** The longest pause between two steps. */
  readonly pauseMs: number;
  /** 0 writes the command at once, 1 in two writes to one open file, 2 in two files opened one after the other. */
  readonly splits: 0 | 1 | 2;
}

/** The number of renders by outcome. */
export interface OldClientResult {
  readonly right: number;
  readonly lost: number;
  readonly wrong: number;
}

/** Renders with the slot client of examples/python-client. */
export async function runOldClient(
  context: CleanupContext,
  dir: string,
  options: OldClientOptions,
): Promise<OldClientResult> {
  const argument = JSON.stringify({ ...options, pings: false, dir, examples: PYTHON_CLIENTS });
  const client = startProcess(context, "python3", [SLOT_LOAD, argument]);
  const { right, lost, wrong } = (await client.waitForMessage("done")) as unknown as OldClientResult;
  return { right, lost, wrong };
}
