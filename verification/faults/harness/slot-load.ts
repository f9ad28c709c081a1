import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { OldSlotClient, pattern } from "@gvpie/testing/file-socket";

const POLL_MS = 20;
const TIMEOUT_MS = 2_000;
const SIZE = { width: 16, height: 8 };

/** The renders of an old client by outcome. */
export interface SlotTally {
  right: number;
  /** Replies with the picture of another program. */
  wrong: number;
  /** Commands without a reply within 2 s. */
  lost: number;
  /** Bad programs, refused as such. */
  refused: number;
}

/** Renders through the slot as an old client does until `over` aborts. Every third program is bad. */
export async function loadSlot(dir: string, over: AbortSignal): Promise<SlotTally> {
  const tally: SlotTally = { right: 0, wrong: 0, lost: 0, refused: 0 };
  const client = new OldSlotClient(dir);
  for (let number = 0; !over.aborted; number++) {
    const code = `${number % 3 === 2 ? "!bad" : "good"}\n${number}`;
    client.writeProgram(code, SIZE.width, SIZE.height);
    rmSync(client.output, { force: true });
    // After a good program the server removes err.json itself, when it takes the next command.
    if (code.startsWith("!bad")) rmSync(client.error, { force: true });
    const outcome = await waitForOutcome(code);
    if (outcome !== undefined) tally[outcome]++;
  }
  return tally;

  async function waitForOutcome(code: string): Promise<keyof SlotTally | undefined> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (performance.now() < deadline && !over.aborted) {
      if (existsSync(client.output)) {
        const reply = readFileSync(client.output);
        rmSync(client.output, { force: true });
        return reply.equals(pattern({ code, ...SIZE }).data) ? "right" : "wrong";
      }
      if (code.startsWith("!bad") && existsSync(client.error)) return "refused";
      await sleep(POLL_MS);
    }
    return over.aborted ? undefined : "lost";
  }
}
