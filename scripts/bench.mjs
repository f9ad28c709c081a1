// `npm run bench [-- <group> … | --quick]`: installs the peers into bench/, a separate workspace, and measures.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, run, say, setUp, workspaceEnv } from "./setup.mjs";

setUp();

const folder = join(root, "bench");
const marker = join(folder, "node_modules", ".modules.yaml");
const lockfile = join(folder, "pnpm-lock.yaml");

if (!existsSync(marker) || statSync(lockfile).mtimeMs > statSync(marker).mtimeMs) {
  say("Installing the peers (once, about 90 MB) …");
  // Optional peers that do not build on this machine are left out; the bench lists them.
  const { status, stdout } = spawnSync("pnpm", ["install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: folder,
    env: workspaceEnv,
    encoding: "utf8",
  });
  if (status !== 0) {
    say(stdout || "pnpm install failed.");
    process.exit(status || 1);
  }
}

process.exitCode = await run("node", ["bench/src/run.ts", ...process.argv.slice(2)]);
