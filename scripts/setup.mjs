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
  if (!installed()) {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    say("Installing dependencies (once, a minute or two) …");
    must("npx", [
      "--yes",
      `pnpm@${devDependencies.pnpm}`,
      "install",
      "--frozen-lockfile",
      "--reporter=append-only",
    ]);
  }
  const apps = readdirSync(join(root, "apps")).map((name) => join("apps", name));
  must(join(bin, "tsc"), ["-b", ...apps]);
}

function installed() {
  const marker = join(root, "node_modules", ".modules.yaml");
  if (!existsSync(marker) || !existsSync(join(bin, "node"))) return false;
  return statSync(join(root, "pnpm-lock.yaml")).mtimeMs <= statSync(marker).mtimeMs;
}

/** Runs a command quietly. On failure prints its output and exits with its status. */
function must(command, args) {
  const child = spawnSync(command, args, {
    cwd: root,
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
