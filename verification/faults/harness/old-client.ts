import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { OldSlotClient, pattern, type PatternRequest } from "@gvpie/testing/file-socket";

const POLL_MS = 20;
const TIMEOUT_MS = 2_000;

/** The outcome of a render by an old client: the right picture, another picture, or none before the timeout. */
export type Outcome = "right" | "wrong" | "lost";

/**
 * Renders as an old client does: writes the command in place, deletes a stale reply, polls every 20 ms and stops after
 * 2 s. The right picture is the one that the test renderer draws for this program.
 */
export async function renderAsOldClient(dir: string, code: string, width = 16, height = 8): Promise<Outcome> {
  const client = new OldSlotClient(dir);
  client.writeProgram(code, width, height);
  rmSync(client.output, { force: true });
  return pollForPicture(client, { code, width, height });
}

/** Polls every 20 ms for a picture, for at most 2 s or until `isOver` returns true; takes it and compares it. */
export async function pollForPicture(
  client: OldSlotClient,
  request: PatternRequest,
  isOver: () => boolean = () => false,
): Promise<Outcome> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (existsSync(client.output)) {
      const reply = readFileSync(client.output);
      rmSync(client.output, { force: true });
      return reply.equals(pattern(request).data) ? "right" : "wrong";
    }
    if (isOver()) break;
    await sleep(POLL_MS);
  }
  return "lost";
}
