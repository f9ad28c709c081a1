// The real zero-human-daemon, for the cases about its database.
import { fileURLToPath } from "node:url";
import { openStore } from "@gvpie/daemon/store";
import type { TestProcess } from "@gvpie/testing";
import type { CleanupContext } from "./fault-case.ts";
import { startNode, type StartOptions } from "./servers.ts";

const ZERO_HUMAN_DAEMON = fileURLToPath(
  new URL("../../../apps/zero-human-daemon/src/main.ts", import.meta.url),
);

/** Creates a database with `scripts` pixel scripts that run without a pause. */
export async function createScripts(path: string, scripts: number): Promise<void> {
  await using store = await openStore({ path });
  await store.removeScript("hello_gpu");
  for (let i = 0; i < scripts; i++) {
    await store.addScript({
      name: `s${i}`,
      lang: "pixel",
      code: `TXT 1 1 ${i}`,
      options: { intervalMs: 20 },
    });
  }
}

/** Starts zero-human-daemon, which prints each recorded run as a line of JSON, and does not wait. */
export function startLoop(
  context: CleanupContext,
  path: string,
  cartridges: string,
  options: StartOptions = {},
): TestProcess {
  const args = ["--db", path, "--cartridges", cartridges, "--save", "always", "--log-format", "json"];
  return startNode(context, ZERO_HUMAN_DAEMON, args, options);
}

/** Resolves once the loop has reported `count` more runs. */
export async function moreRuns(loop: TestProcess, count: number): Promise<void> {
  const before = reportedRuns(loop).length;
  await loop.waitFor(() => reportedRuns(loop).length >= before + count, `${count} more runs`);
}

/** Returns the ids of the runs that the loop has reported as recorded. */
export function reportedRuns(loop: TestProcess): number[] {
  return loop.messages.flatMap(({ run }) => (typeof run === "number" ? [run] : []));
}
