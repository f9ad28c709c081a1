import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { otherUser } from "../harness/capabilities.ts";
import { defineCase } from "../harness/fault-case.ts";
import { harnessPath, startDaemon, startProcess, startServing } from "../harness/servers.ts";

interface Held {
  readonly kind: string;
  /** True if the other user got the lock. */
  readonly isHeld: boolean;
  /** True if a daemon could start beside the other user's process. */
  readonly isServed: boolean;
  readonly mode: string;
}

interface Refused {
  readonly kind: string;
  readonly exit: number | string;
  readonly message: string;
}

/** Locks whose mode lets other users open them, in directories that other users may enter. */
const SHARED = [
  { kind: "made by the daemon under umask 0", make: undefined },
  { kind: "left with mode 0644", make: 0o644 },
  { kind: "left with mode 0666", make: 0o666 },
];

const FOREIGN: readonly { kind: string; make: (path: string, other: string, uid: number) => void }[] = [
  {
    kind: "of another user",
    make: (path, _other, uid) => {
      writeFileSync(path, "");
      chownSync(path, uid, uid);
    },
  },
  { kind: "with a second name", make: (path, other) => linkSync(other, path) },
  { kind: "a link", make: (path, other) => symlinkSync(other, path) },
  { kind: "a directory", make: (path) => mkdirSync(path) },
];

export const foreignLock = defineCase<Held | Refused>({
  number: 34,
  fault: "another user may open the server's lock `v1/lock.db`, or owns it, or it has a second name",
  required:
    "the server makes it private, so that the other user cannot hold it and keep a server from starting; or it refuses the file with exit 78",
  async run(context) {
    const uid = otherUser();
    for (const { kind, make } of SHARED) {
      const dir = openDirectory(context.newSocketPath());
      const lock = `${dir}/v1/lock.db`;
      if (make !== undefined) {
        writeFileSync(lock, "");
        chmodSync(lock, make);
      }
      const before = process.umask(0);
      const first = await startServing(context, dir).finally(() => process.umask(before));
      await first.kill("SIGTERM");
      const holder = startProcess(context, "python3", [harnessPath("lock-holder.py"), lock]);
      const isHeld = (await holder.waitForLine(/held|refused/)).includes("held");
      const second = startDaemon(context, ["--dir", dir, "--backend", "cpu"]);
      const isServed = await second.waitForLine("serving ").then(
        () => true,
        () => false,
      );
      await second.kill("SIGTERM");
      context.record({ kind, isHeld, isServed, mode: (lstatSync(lock).mode & 0o777).toString(8) });
    }
    for (const { kind, make } of FOREIGN) {
      const dir = openDirectory(context.newSocketPath());
      writeFileSync(`${dirname(dir)}/other`, "");
      make(`${dir}/v1/lock.db`, `${dirname(dir)}/other`, uid);
      const daemon = startDaemon(context, ["--dir", dir, "--backend", "cpu"]);
      const exit = await daemon.exited;
      const message = daemon.stderr.trim().split("\n").at(-1) ?? "";
      context.record({ kind, exit, message: message.replaceAll(dir, "DIR") });
    }
  },
  evaluate(observations) {
    const shared = observations.filter((one) => "isHeld" in one);
    const isPrivate = shared.filter((one) => !one.isHeld && one.isServed && one.mode === "600");
    const foreign = observations.filter((one) => "exit" in one);
    const refused = foreign.filter((one) => one.exit === 78 && one.message.includes("DIR/v1/lock.db"));
    return {
      summary: `${isPrivate.length} of ${shared.length} open locks made private and not held, ${refused.length} of ${foreign.length} foreign ones refused with 78`,
      isMet:
        isPrivate.length === SHARED.length &&
        shared.length === SHARED.length &&
        refused.length === FOREIGN.length &&
        foreign.length === FOREIGN.length,
    };
  },
});

/** Makes a directory that other users may enter, but not change. */
function openDirectory(dir: string): string {
  chmodSync(dirname(dir), 0o755);
  mkdirSync(dir, { mode: 0o755 });
  mkdirSync(`${dir}/v1`, { mode: 0o755 });
  return dir;
}
