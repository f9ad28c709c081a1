import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineCase } from "../harness/fault-case.ts";
import { startDaemon } from "../harness/servers.ts";

interface Race {
  /** Number of servers that serve. */
  readonly serving: number;
  /** Exit codes of the others. */
  readonly exitCodes: readonly (number | string)[];
}

interface LateStart {
  readonly exitCode: number | string;
  /** Files that it changed. */
  readonly changed: readonly string[];
}

export const twoServers = defineCase<Race | LateStart>({
  number: 7,
  fault: "two servers start on one directory",
  required: "the second exits with 75 and changes nothing: in 50 races exactly one serves",
  async run(context) {
    const races = context.count(50, 2);
    for (let race = 0; race < races; race++) {
      const dir = context.newSocketPath();
      const servers = [0, 1].map(() => startDaemon(context, ["--dir", dir, "--backend", "cpu"]));
      const outcomes = await Promise.all(
        servers.map((server) =>
          server.waitForLine("serving ").then(
            () => "serves",
            () => server.exited,
          ),
        ),
      );
      const exitCodes = outcomes.filter((outcome) => outcome !== "serves");
      context.record({ serving: outcomes.length - exitCodes.length, exitCodes });
      if (race === 0) {
        const before = snapshot(dir);
        const exitCode = await startDaemon(context, ["--dir", dir]).exited;
        const after = snapshot(dir);
        const names = new Set([...before.keys(), ...after.keys()]);
        context.record({
          exitCode,
          changed: [...names].filter((name) => before.get(name) !== after.get(name)),
        });
      }
      await Promise.all(servers.map((server) => server.kill("SIGTERM")));
    }
  },
  evaluate(observations) {
    const races = observations.filter((one) => "serving" in one);
    const lateStarts = observations.filter((one) => "changed" in one);
    const good = races.filter((race) => race.serving === 1 && race.exitCodes.every((code) => code === 75));
    const changed = lateStarts.flatMap((one) => one.changed);
    return {
      summary: `${good.length} of ${races.length} races had one server and one exit 75; a later start changed ${changed.length} files`,
      isMet:
        races.length > 0 &&
        good.length === races.length &&
        lateStarts.length > 0 &&
        lateStarts.every((one) => one.exitCode === 75 && one.changed.length === 0),
    };
  },
});

/** Returns the identity, size and times of each file, except for the heartbeat and the folders in which it is written. */
function snapshot(dir: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (["v1", "v1/tmp", "v1/server.json"].includes(name) || name.startsWith("v1/tmp/")) continue;
    const { ino, size, mtimeMs, ctimeMs, mode } = lstatSync(join(dir, name));
    files.set(name, [ino, size, mtimeMs, ctimeMs, mode].join(" "));
  }
  return files;
}
