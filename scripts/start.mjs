// `npm start`: runs both daemons and shows the first cartridge. Arguments go to zero-human-daemon.
//
// The daemons end when this process ends, however it ends: each has an IPC channel to it, which its death closes.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { root, say, setUp, workspaceEnv } from "./setup.mjs";

const HELD_BY_ANOTHER_SERVER = 75;
const PARENT_CHECK_MS = 500;

setUp();

/** The ids of the parent and, on Linux, of its parent. */
function parentAndGrandparent() {
  const parent = process.ppid;
  try {
    // The name of the process, in parentheses, may contain anything.
    const [, ...fields] = readFileSync(`/proc/${parent}/stat`, "utf8").split(") ").at(-1).split(" ");
    return `${parent} ${fields[0]}`;
  } catch {
    return String(parent);
  }
}

const tool = (name) => join(root, "node_modules", ".bin", name);
const start = (name, args, stdio) => spawn(tool(name), args, { cwd: root, env: workspaceEnv, stdio });
const ended = (child) =>
  new Promise((resolve) => child.once("close", (code) => resolve(code === null ? 1 : code)));

const renderer = start("gvpie-daemon", ["--log-level", "warn"], ["ignore", "inherit", "pipe", "ipc"]);
renderer.stderr.on("data", (chunk) => {
  // Another server that serves the directory is not an error here.
  if (!/already|another server/i.test(String(chunk))) process.stderr.write(chunk);
});
const rendererEnded = ended(renderer);

const loop = start("zero-human-daemon", process.argv.slice(2), ["ignore", "pipe", "inherit", "ipc"]);
const loopEnded = ended(loop);

let stopping = false;
const stop = (signal) => {
  stopping = true;
  loop.kill(signal);
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.once(signal, () => stop(signal));

// The lines of the runs are the purpose of this command, so it ends when their reader closes the pipe.
let closed = false;
process.stdout.on("error", () => {
  closed = true;
  stop("SIGTERM");
});
process.stderr.on("error", () => {});

// npm may be killed without a signal to its child, a shell, which then waits for this process.
const ancestors = parentAndGrandparent();
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (parentAndGrandparent() !== ancestors) stop("SIGTERM");
  }, PARENT_CHECK_MS).unref();
}

renderer.once("close", (code) => {
  if (code === HELD_BY_ANOTHER_SERVER) {
    say("Using the renderer that already serves this directory.");
  } else if (!stopping) {
    say(`gvpie-daemon exited with status ${code}.`);
    stop("SIGTERM");
  }
});

let shown = Promise.resolve();
let first = true;
for await (const line of createInterface({ input: loop.stdout })) {
  process.stdout.write(line + "\n");
  const path = /\S+\.png/.exec(line);
  if (first && path) {
    first = false;
    shown = ended(start("gvpie", ["show", path[0]], ["ignore", "inherit", "inherit"]));
  }
}

const code = await loopEnded;
stopping = true;
await shown;
renderer.kill("SIGTERM");
await rendererEnded;
process.exitCode = closed ? 1 : code;
