import { existsSync, rmSync } from "node:fs";
import { OldSlotClient } from "@gvpie/testing/file-socket";
import { pollForPicture } from "./old-client.ts";

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
    const isBad = number % 3 === 2;
    const code = `${isBad ? "!bad" : "good"}\n${number}`;
    client.writeProgram(code, SIZE.width, SIZE.height);
    rmSync(client.output, { force: true });
    // After a good program the server removes err.json itself, when it takes the next command.
    if (isBad) rmSync(client.error, { force: true });
    const isRefused = (): boolean => isBad && existsSync(client.error);
    const outcome = await pollForPicture(client, { code, ...SIZE }, () => over.aborted || isRefused());
    if (outcome === "lost" && isRefused()) {
      tally.refused++;
    } else if (outcome !== "lost" || !over.aborted) {
      tally[outcome]++;
    }
  }
  return tally;
}
