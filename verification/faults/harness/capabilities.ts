// Capabilities of the machine that some cases need.
import { spawnSync } from "node:child_process";
import { faketimeEnvironment, findFaketime, isRoot, NOBODY_UID } from "@gvpie/testing";
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

/**
 * Returns the {@link faketimeEnvironment} of a process.
 *
 * @throws {Unsupported} if libfaketime is missing
 */
export function requireFaketime(path: string): Record<string, string> {
  const library = findFaketime();
  if (library === undefined) throw new Unsupported("libfaketime (Debian's package faketime) is missing");
  return faketimeEnvironment(library, path);
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
