import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ExitStatus } from "@gvpie/testing";
import { otherUser } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startNode } from "../harness/servers.ts";

const GVPIE = fileURLToPath(new URL("../../../apps/gvpie/src/main.ts", import.meta.url));
const SECRET = "private";

interface Written {
  readonly command: string;
  readonly status: ExitStatus;
  /** True if no private file has other content, another mode or another owner. */
  readonly isIntact: boolean;
  /** Swaps of the other user so far. */
  readonly swaps: number;
}

export const swappedLinks = defineCase<Written>({
  number: 35,
  fault:
    "another user swaps files, links and directories in a sticky directory while gvpie writes to it as root",
  required:
    "gvpie writes the picture there or refuses: 0 private files changed by 400 commands beside swaps without a pause",
  async run(context) {
    const uid = otherUser();
    const base = dirname(context.newSocketPath());
    chmodSync(base, 0o755);
    const shared = `${base}/shared`;
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    const [target, targetDirectory] = [`${base}/private`, `${base}/home`];
    mkdirSync(targetDirectory, { mode: 0o700 });
    const secrets = [target, `${targetDirectory}/x.png`];
    for (const path of secrets) writeFileSync(path, SECRET, { mode: 0o600 });
    writeFileSync(`${base}/x.pxl`, "TXT 1 1 hi\n");

    const [path, directory] = [`${shared}/x.png`, `${shared}/d`];
    const argument = JSON.stringify({ uid, path, target, directory, targetDirectory });
    const users = [0, 1].map(() => startNode(context, harnessPath("swapping-user.ts"), [argument]));
    for (const user of users) await user.waitForMessage("swapping");

    for (let i = 0; i < context.count(200, 10); i += 1) {
      for (const output of [path, `${directory}/x.png`]) {
        const command = startNode(context, GVPIE, ["render", `${base}/x.pxl`, "-o", output]);
        const status = await command.exited;
        const swaps = users.reduce((sum, user) => sum + Number(user.messages.at(-1)?.["swaps"] ?? 0), 0);
        context.record({
          command: `render -o ${output.slice(base.length)}`,
          status,
          isIntact: secrets.every(isIntact),
          swaps,
        });
        // The other user cannot remove what root has written.
        rmSync(path, { force: true });
      }
    }
  },
  evaluate(observations) {
    const changed = observations.filter((one) => !one.isIntact).length;
    const written = observations.filter((one) => one.status === 0).length;
    const refused = observations.filter((one) => one.status === 1).length;
    const swaps = observations.at(-1)?.swaps ?? 0;
    return {
      summary: `${observations.length} commands beside ${swaps} swaps: ${written} wrote, ${refused} refused; ${changed} private files changed`,
      isMet:
        observations.length > 0 &&
        changed === 0 &&
        written + refused === observations.length &&
        swaps > observations.length,
    };
  },
});

function isIntact(path: string): boolean {
  const { mode, uid, nlink } = statSync(path);
  return readFileSync(path, "utf8") === SECRET && (mode & 0o7777) === 0o600 && uid === 0 && nlink === 1;
}
