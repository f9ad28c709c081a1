import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { NOBODY } from "../kit/abilities.ts";
import { startDaemon } from "../kit/servers.ts";
import { defineRow } from "../row.ts";

interface Refused {
  readonly kind: string;
  readonly exit: number | string;
  /** The last line that the daemon said. */
  readonly said: string;
  /** Whether nothing was made or changed. */
  readonly isUntouched: boolean;
}

const CASES: readonly { kind: string; needsRoot?: boolean; make: (dir: string) => void }[] = [
  {
    kind: "owned by another user",
    needsRoot: true,
    make: (dir) => {
      mkdirSync(dir, { mode: 0o700 });
      chownSync(dir, NOBODY, NOBODY);
    },
  },
  { kind: "writable by all", make: (dir) => makeWithMode(dir, 0o777) },
  { kind: "writable by its group", make: (dir) => makeWithMode(dir, 0o770) },
  {
    kind: "a symbolic link",
    make: (dir) => {
      makeWithMode(`${dir}.real`, 0o700);
      symlinkSync(`${dir}.real`, dir);
    },
  },
  { kind: "a file", make: (dir) => writeFileSync(dir, "kept") },
  {
    kind: "ours, with a v1 that all may write",
    make: (dir) => {
      makeWithMode(dir, 0o700);
      makeWithMode(`${dir}/v1`, 0o777);
    },
  },
];

export const unsafeDirectory = defineRow<Refused>({
  number: 13,
  fault: "the directory belongs to another user, or others may write it",
  required: "gvpie-daemon refuses to start: exit 78, the directory untouched",
  async run(rig) {
    for (const { kind, needsRoot = false, make } of CASES) {
      if (needsRoot && process.getuid?.() !== 0) continue;
      const dir = rig.newPlace();
      make(dir);
      const before = state(dir);
      const daemon = startDaemon(rig, ["--dir", dir, "--backend", "cpu"]);
      const exit = await daemon.ended;
      const said = daemon.complaints().trim().split("\n").at(-1) ?? "";
      rig.see({ kind, exit, said: said.replaceAll(dir, "DIR"), isUntouched: state(dir) === before });
    }
  },
  figure(seen) {
    const good = seen.filter((one) => one.exit === 78 && one.isUntouched && one.said.includes("DIR")).length;
    return {
      text: `${good} of ${seen.length} kinds refused with 78 and untouched`,
      isReached: good === seen.length,
    };
  },
});

function makeWithMode(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

function state(dir: string): string {
  const { ino, mode, uid, ctimeMs } = lstatSync(dir);
  const names = lstatSync(dir).isDirectory() ? readdirSync(dir, { recursive: true, encoding: "utf8" }) : [];
  return JSON.stringify([ino, mode, uid, ctimeMs, names]);
}
