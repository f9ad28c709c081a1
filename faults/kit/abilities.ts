import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { NotShown } from "../row.ts";

const isRoot = process.getuid?.() === 0;

/**
 * What to put before a command so that it may mount, in a namespace of its own.
 *
 * @throws {NotShown} where the machine does not allow it
 */
export function mountWrapper(): string[] {
  const namespaces = isRoot ? ["-m"] : ["-r", "-m"];
  const args = [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  if (status !== 0) throw new NotShown(`no file system can be mounted here: ${stderr.trim()}`);
  return ["unshare", ...namespaces];
}

/** A user that owns nothing. */
export const NOBODY = 65_534;

/**
 * The id of a user that a process of ours may become.
 *
 * @throws {NotShown} where there is none
 */
export function otherUser(): number {
  if (!isRoot) throw new NotShown("only root can start a process of another user");
  return NOBODY;
}

const FAKETIME = ["x86_64", "aarch64"].map(
  (arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketimeMT.so.1`,
);

/**
 * The environment in which a process takes its wall clock from the file at `path`, such as `+3600`, read anew each time.
 *
 * @throws {NotShown} where libfaketime is missing
 */
export function fakeTimeEnvironment(path: string): Record<string, string> {
  const library = FAKETIME.find((candidate) => existsSync(candidate));
  if (library === undefined) throw new NotShown("libfaketime (Debian's package faketime) is missing");
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: "1",
    // Only the wall clock jumps, as when somebody sets it.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
}
