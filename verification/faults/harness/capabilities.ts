// Capabilities of the machine that some cases need.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isRoot, NOBODY_UID } from "@gvpie/testing";
import { findDriver } from "@gvpie/testing/gpu-drivers";
import { Unsupported } from "./fault-case.ts";

/**
 * Returns a wrapper that runs a command in a mount namespace of its own, where it may mount.
 *
 * @throws {Unsupported} if the machine does not allow it
 */
export function mountWrapper(): string[] {
  const namespaces = isRoot ? ["-m"] : ["-r", "-m"];
  const args = [...namespaces, "mount", "-t", "tmpfs", "none", "/mnt"];
  const { status, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
  if (status !== 0) throw new Unsupported(`no file system can be mounted here: ${stderr.trim()}`);
  return ["unshare", ...namespaces];
}

/**
 * Returns the id of another user that a child process can become.
 *
 * @throws {Unsupported} if this process is not root
 */
export function otherUser(): number {
  if (!isRoot) throw new Unsupported("only root can start a process of another user");
  return NOBODY_UID;
}

const FAKETIME = ["x86_64", "aarch64"].map(
  (arch) => `/usr/lib/${arch}-linux-gnu/faketime/libfaketimeMT.so.1`,
);

/**
 * Returns an environment in which a process reads the offset of its wall clock, such as `+3600`, from the file at
 * `path` each time.
 *
 * @throws {Unsupported} if libfaketime is missing
 */
export function fakeTimeEnvironment(path: string): Record<string, string> {
  const library = FAKETIME.find((candidate) => existsSync(candidate));
  if (library === undefined) throw new Unsupported("libfaketime (Debian's package faketime) is missing");
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: path,
    FAKETIME_NO_CACHE: "1",
    // Only the wall clock jumps, as when a user sets the time.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
}

/**
 * Returns an environment in which a process sees one GPU driver that needs no graphics card.
 *
 * @throws {Unsupported} if none is available
 */
export function gpuEnvironment(): NodeJS.ProcessEnv {
  const drivers = (["lavapipe", "swiftshader"] as const).map(findDriver);
  for (const driver of drivers) if ("env" in driver) return driver.env;
  const reasons = drivers.flatMap((driver) => ("missing" in driver ? driver.missing : []));
  throw new Unsupported(`no GPU driver: ${reasons.join("; ")}`);
}
