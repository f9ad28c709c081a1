// Installs the workspace, its own Node included, and builds the commands.
// Runs under the machine's Node, which may be old: no dependencies, no recent syntax.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");

/** The environment in which the workspace's own Node and tools come first. */
export const workspaceEnv = { ...process.env, PATH: bin + delimiter + (process.env.PATH || "") };

/** Prints a line about progress to stderr; stdout is for results. */
export function say(message) {
  process.stderr.write(message + "\n");
}

/** Installs dependencies that are missing or older than the lockfile, then builds the commands. Exits on failure. */
export function setUp() {
  if (!existsSync(join(bin, "node")) || !isInstalled(root)) {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    say("Installing dependencies (once, a minute or two) …");
    mustRun("npx", ["--yes", `pnpm@${devDependencies.pnpm}`, ...INSTALL]);
  }
  const apps = readdirSync(join(root, "apps")).map((name) => join("apps", name));
  mustRun(join(bin, "tsc"), ["-b", ...apps]);
  mustRun(join(bin, "node"), ["apps/zero-human-daemon/build-page.mjs"]);
}

/** Arguments of pnpm. */
export const INSTALL = ["install", "--frozen-lockfile", "--reporter=append-only"];

/** True if the dependencies of the workspace in `folder` are as new as its lockfile. */
export function isInstalled(folder) {
  const marker = join(folder, "node_modules", ".modules.yaml");
  return existsSync(marker) && statSync(join(folder, "pnpm-lock.yaml")).mtimeMs <= statSync(marker).mtimeMs;
}

/** Runs a command quietly. On failure prints its output and exits with its status. */
export function mustRun(command, args, cwd = root) {
  const child = spawnSync(command, args, {
    cwd,
    env: workspaceEnv,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (child.status === 0) return;
  say((child.stdout || "") + (child.stderr || ""));
  say(`${command} ${args.join(" ")} failed${child.error ? `: ${child.error.message}` : ""}.`);
  process.exit(child.status || 1);
}

/** Runs a command of the workspace with its output shown; resolves to its exit status. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: workspaceEnv, stdio: "inherit", ...options });
    child.once("error", reject);
    child.once("close", (code) => resolve(code === null ? 1 : code));
  });
}

/** Runs a command of the workspace; resolves to its exit status and to all that it wrote. */
export function runQuietly(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: workspaceEnv, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ status: code === null ? 1 : code, output: Buffer.concat(chunks) }),
    );
  });
}
