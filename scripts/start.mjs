// `npm start`: runs both daemons and shows the first cartridge. Arguments go to zero-human-daemon.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { root, say, setUp, workspaceEnv } from "./setup.mjs";

const HELD_BY_ANOTHER_SERVER = 75;

setUp();

const tool = (name) => join(root, "node_modules", ".bin", name);
const start = (name, args, stdio) => spawn(tool(name), args, { cwd: root, env: workspaceEnv, stdio });
const ended = (child) =>
  new Promise((resolve) => child.once("close", (code) => resolve(code === null ? 1 : code)));

const renderer = start("gvpie-daemon", ["--log-level", "warn"], ["ignore", "inherit", "pipe"]);
renderer.stderr.on("data", (chunk) => {
  // Another server that serves the directory is not an error here.
  if (!/already|another server/i.test(String(chunk))) process.stderr.write(chunk);
});
const rendererEnded = ended(renderer);

const loop = start("zero-human-daemon", process.argv.slice(2), ["ignore", "pipe", "inherit"]);
const loopEnded = ended(loop);

let stopping = false;
const stop = (signal) => {
  stopping = true;
  loop.kill(signal);
};
process.once("SIGINT", () => stop("SIGINT"));
process.once("SIGTERM", () => stop("SIGTERM"));

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
process.exitCode = code;
