import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { isRoot, NOBODY_UID } from "@gvpie/testing";
import { defineCase } from "../harness/fault-case.ts";
import { startDaemon } from "../harness/servers.ts";

interface Refused {
  readonly kind: string;
  readonly exit: number | string;
  /** The last line of the daemon's stderr. */
  readonly message: string;
  /** True if no file was created or changed. */
  readonly isUnchanged: boolean;
}

const CASES: readonly { kind: string; needsRoot?: boolean; make: (dir: string) => void }[] = [
  {
    kind: "owned by another user",
    needsRoot: true,
    make: (dir) => {
      mkdirSync(dir, { mode: 0o700 });
      chownSync(dir, NOBODY_UID, NOBODY_UID);
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
    kind: "ours, with a v1 writable by all",
    make: (dir) => {
      makeWithMode(dir, 0o700);
      makeWithMode(`${dir}/v1`, 0o777);
    },
  },
];

export const unsafeDirectory = defineCase<Refused>({
  number: 13,
  fault: "the directory belongs to another user, or other users may write to it",
  required: "gvpie-daemon refuses to start: exit 78, the directory unchanged",
  async run(context) {
    for (const { kind, needsRoot = false, make } of CASES) {
      if (needsRoot && !isRoot) continue;
      const dir = context.newSocketPath();
      make(dir);
      const before = stateOf(dir);
      const daemon = startDaemon(context, ["--dir", dir, "--backend", "cpu"]);
      const exit = await daemon.exited;
      const message = daemon.stderr.trim().split("\n").at(-1) ?? "";
      context.record({
        kind,
        exit,
        message: message.replaceAll(dir, "DIR"),
        isUnchanged: stateOf(dir) === before,
      });
    }
  },
  evaluate(observations) {
    const good = observations.filter(
      (one) => one.exit === 78 && one.isUnchanged && one.message.includes("DIR"),
    ).length;
    return {
      summary: `${good} of ${observations.length} kinds refused with 78 and unchanged`,
      isMet: good === observations.length,
    };
  },
});

function makeWithMode(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

function stateOf(dir: string): string {
  const { ino, mode, uid, ctimeMs } = lstatSync(dir);
  const names = lstatSync(dir).isDirectory() ? readdirSync(dir, { recursive: true, encoding: "utf8" }) : [];
  return JSON.stringify([ino, mode, uid, ctimeMs, names]);
}
