import { examplesPath, kitPath, start } from "../../packages/file-socket/test/kit/processes.ts";
import type { Rig } from "../row.ts";

/** What an old client in Python makes of a directory. */
export interface OldClientOptions {
  readonly count: number;
  /** At most so long between its steps. */
  readonly pauseMs: number;
  /** 0 writes the command at once, 1 in two halves to one open file, 2 with two opens. */
  readonly splits: 0 | 1 | 2;
}

/** What became of its renders. */
export interface OldClientDone {
  readonly right: number;
  readonly lost: number;
  readonly wrong: number;
}

/** Run the slot client of examples/python-client through so many renders. */
export async function runOldClient(
  rig: Pick<Rig, "defer">,
  dir: string,
  options: OldClientOptions,
): Promise<OldClientDone> {
  const argument = JSON.stringify({ ...options, pings: false, dir, examples: examplesPath });
  const client = start("python3", [kitPath("slot_load.py"), argument]);
  rig.defer(() => client.kill("SIGKILL"));
  const { right, lost, wrong } = (await client.tells("done")) as unknown as OldClientDone;
  return { right, lost, wrong };
}
