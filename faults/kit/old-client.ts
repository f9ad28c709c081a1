import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { pattern } from "../../packages/file-socket/test/kit/pattern.ts";

const POLL_MS = 20;
const GIVE_UP_MS = 2_000;

/** How a render by an old client ended. */
export type Outcome = "right" | "wrong" | "lost";

/**
 * One render as an old client does it: write the command in place, delete a stale reply, look every 20 ms, give up after
 * 2 s. The picture must be the one that the test renderer draws of this very program.
 */
export async function renderAsOldClient(dir: string, code: string, width = 16, height = 8): Promise<Outcome> {
  const output = `${dir}/out.raw`;
  const command = { op: "render_program", code, width, height, format: "RGBA" };
  writeFileSync(`${dir}/cmd.json`, JSON.stringify(command));
  rmSync(output, { force: true });
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (performance.now() < giveUpAt) {
    if (existsSync(output)) {
      const found = readFileSync(output);
      rmSync(output, { force: true });
      return found.equals(pattern({ code, width, height, background: undefined }).data) ? "right" : "wrong";
    }
    await sleep(POLL_MS);
  }
  return "lost";
}
