import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { pattern } from "../../packages/file-socket/test/kit/pattern.ts";

const POLL_MS = 20;
const GIVE_UP_MS = 2_000;
const SIZE = { width: 16, height: 8 };

/** How the renders of an old client ended. */
export interface SlotTally {
  right: number;
  /** The picture of another program. */
  wrong: number;
  /** No reply within 2 s. */
  lost: number;
  /** A bad program, refused as such. */
  refused: number;
}

/** Render through the slot as an old client does, every third program a bad one, until told to stop. */
export async function loadSlot(dir: string, over: AbortSignal): Promise<SlotTally> {
  const tally: SlotTally = { right: 0, wrong: 0, lost: 0, refused: 0 };
  const output = `${dir}/out.raw`;
  const error = `${dir}/err.json`;
  for (let number = 0; !over.aborted; number++) {
    const code = `${number % 3 === 2 ? "!bad" : "good"}\n${number}`;
    writeFileSync(`${dir}/cmd.json`, JSON.stringify({ op: "render_program", code, ...SIZE, format: "RGBA" }));
    rmSync(output, { force: true });
    // Otherwise the server removes it, when it takes the next command.
    if (code.startsWith("!bad")) rmSync(error, { force: true });
    const ended = await outcome(code);
    if (ended !== undefined) tally[ended]++;
  }
  return tally;

  async function outcome(code: string): Promise<keyof SlotTally | undefined> {
    const giveUpAt = performance.now() + GIVE_UP_MS;
    while (performance.now() < giveUpAt && !over.aborted) {
      if (existsSync(output)) {
        const found = readFileSync(output);
        rmSync(output, { force: true });
        return found.equals(pattern({ code, ...SIZE, background: undefined }).data) ? "right" : "wrong";
      }
      if (code.startsWith("!bad") && existsSync(error)) return "refused";
      await sleep(POLL_MS);
    }
    return over.aborted ? undefined : "lost";
  }
}
