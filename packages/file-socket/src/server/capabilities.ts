import { KeyObject } from "node:crypto";
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { checkOptions, checkType, describeValue } from "../options.ts";
import { publicPartOf, thumbprintOf } from "../protocol/signed-head.ts";
import type { RequestAuthority, ServerCapabilities } from "../types.ts";
import { Audit } from "./audit.ts";

/** The capabilities of a server, for all its sessions. */
export interface CapabilityContext {
  readonly mode: "accept" | "require";
  readonly authority: RequestAuthority;
  /** Thumbprint of the server's key. */
  readonly audience: string;
  /** Public part of the server's key. */
  readonly serverKey: string;
  readonly key: KeyObject;
  readonly answeredFile: string;
  readonly audit: Audit;
}

/**
 * Checks the option `capabilities` of a server of `dir`, and completes it.
 *
 * @throws {TypeError}
 */
export function completeCapabilities(capabilities: ServerCapabilities, dir: string): CapabilityContext {
  checkOptions("capabilities", capabilities, ["mode", "authority", "key", "answeredFile", "onAudit"]);
  const { mode, authority, key, answeredFile, onAudit } = capabilities;
  if (mode !== "accept" && mode !== "require") {
    throw new TypeError(`expected capabilities.mode as "accept" or "require", got ${describeValue(mode)}`);
  }
  if (typeof authority?.known !== "function" || typeof authority.open !== "function") {
    const found = describeValue(authority);
    throw new TypeError(`expected capabilities.authority with the methods known and open, got ${found}`);
  }
  if (!(key instanceof KeyObject) || key.type !== "private" || key.asymmetricKeyType !== "ed25519") {
    const found =
      key instanceof KeyObject ? `a ${key.asymmetricKeyType ?? ""} ${key.type} key` : describeValue(key);
    throw new TypeError(`expected capabilities.key as an Ed25519 private key, got ${found}`);
  }
  if (typeof answeredFile !== "string" || answeredFile === "") {
    const found = describeValue(answeredFile);
    throw new TypeError(`expected capabilities.answeredFile as the path of a file, got ${found}`);
  }
  if (isWithin(realPath(answeredFile), realPath(dir))) {
    throw new TypeError(
      `expected capabilities.answeredFile outside ${dir}, where clients can change it, got ${answeredFile}`,
    );
  }
  checkType("capabilities.onAudit", onAudit, "function");
  const serverKey = publicPartOf(key);
  const audience = thumbprintOf(serverKey);
  return { mode, authority, audience, serverKey, key, answeredFile, audit: new Audit(onAudit) };
}

/** Returns the real path of a file or directory that need not exist. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
