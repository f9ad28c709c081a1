import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startDaemon, serves } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Race {
  /** Servers that serve. */
  readonly serving: number;
  /** Of those that do not. */
  readonly exitCodes: readonly (number | string)[];
}

interface Latecomer {
  readonly exitCode: number | string;
  /** Files that are not as they were before it came. */
  readonly touched: readonly string[];
}

export const twoServers = defineRow<Race | Latecomer>({
  number: 7,
  fault: "two servers start on one directory",
  required: "the second ends with 75 and touches nothing: in 50 races exactly one serves",
  async run(rig) {
    const races = rig.count(50, 2);
    for (let race = 0; race < races; race++) {
      const dir = rig.newPlace();
      const servers = [0, 1].map(() => startDaemon(rig, ["--dir", dir, "--backend", "cpu"]));
      const outcomes = await Promise.all(
        servers.map((server) => Promise.race([serves(server).then(() => "serves"), server.ended])),
      );
      const exitCodes = outcomes.filter((outcome) => outcome !== "serves");
      rig.see({ serving: outcomes.length - exitCodes.length, exitCodes });
      if (race === 0) {
        const before = snapshot(dir);
        const exitCode = await startDaemon(rig, ["--dir", dir]).ended;
        const after = snapshot(dir);
        const names = new Set([...before.keys(), ...after.keys()]);
        rig.see({ exitCode, touched: [...names].filter((name) => before.get(name) !== after.get(name)) });
      }
      await Promise.all(servers.map((server) => server.kill("SIGTERM")));
    }
  },
  figure(seen) {
    const races = seen.filter((one) => "serving" in one);
    const latecomers = seen.filter((one) => "touched" in one);
    const good = races.filter((race) => race.serving === 1 && race.exitCodes.every((code) => code === 75));
    const touched = latecomers.flatMap((one) => one.touched);
    return {
      text: `${good.length} of ${races.length} races had one server and one exit 75; a latecomer touched ${touched.length} files`,
      isReached:
        races.length > 0 &&
        good.length === races.length &&
        latecomers.length > 0 &&
        latecomers.every((one) => one.exitCode === 75 && one.touched.length === 0),
    };
  },
});

/** Every file with its identity, size and times, but for the heartbeat, and the folders in which it is written. */
function snapshot(dir: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (name === "v1" || name === "v1/tmp" || name.startsWith("v1/tmp/") || name === "v1/server.json")
      continue;
    const { ino, size, mtimeMs, ctimeMs, mode } = lstatSync(join(dir, name));
    files.set(name, [ino, size, mtimeMs, ctimeMs, mode].join(" "));
  }
  return files;
}
