// `npm run bench [-- <group> … | --quick]`: installs the peers into bench/, a separate workspace, and measures.
import { join } from "node:path";
import { INSTALL, isInstalled, mustRun, root, run, say, setUp } from "./setup.mjs";

setUp();

const folder = join(root, "bench");
if (!isInstalled(folder)) {
  say("Installing the peers (once, about 90 MB) …");
  // Optional peers that do not build on this machine are left out; the bench lists them.
  mustRun("pnpm", INSTALL, folder);
}

process.exitCode = await run("node", ["bench/src/run.ts", ...process.argv.slice(2)]);
