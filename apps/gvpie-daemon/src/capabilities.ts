import {
  CapabilityFileError,
  isInside,
  keyObjectOf,
  logAuditFailure,
  logRevocations,
  openAudit,
  openRevocations,
  readPrivateKey,
  readPublicKey,
  type Audit,
  type Revocations,
} from "@gvpie/app-common/capability";
import { createAuthority, thumbprintOf, type CapabilityGrant } from "@gvpie/capability";
import type { ServerCapabilities } from "@gvpie/file-socket";
import type { Logger } from "pino";
import type { CapabilityConfig } from "./config.ts";
import { SettingsError } from "@gvpie/app-common/daemon";

/** The check of capabilities for one server. */
export interface OpenCapabilities {
  readonly server: ServerCapabilities<CapabilityGrant>;
  close(): void;
}

const KEYGEN = "gvpie capability keygen FILE makes both files of a key";

/**
 * Reads the keys and opens the lists that `--capabilities accept` and `require` need, and logs which server this is.
 *
 * @param dir the directory to serve. Its clients can change every file below it, so none of these files may be there.
 * @throws {SettingsError} if a file is not named, lies below `dir`, or cannot be used or trusted.
 */
export async function openCapabilities(
  config: CapabilityConfig & { readonly mode: ServerCapabilities["mode"] },
  dir: string,
  log: Logger,
): Promise<OpenCapabilities> {
  const { mode, rootKeys, serverKey, revoked } = config;
  if (serverKey === undefined || rootKeys.length === 0) throw missing(config);
  const audit = config.audit ?? `${serverKey}.audit`;
  const answeredFile = `${serverKey}.answered`;
  requireOutside(dir, "--server-key", serverKey);
  for (const file of rootKeys) requireOutside(dir, "--root-key", file);
  if (revoked !== undefined) requireOutside(dir, "--revoked", revoked);
  requireOutside(dir, "--audit", audit);
  let revocations: Revocations | undefined;
  let records: Audit | undefined;
  const close = (): void => {
    revocations?.close();
    records?.close();
  };
  try {
    const key = readPrivateKey(serverKey);
    const roots = rootKeys.map(readPublicKey);
    revocations =
      revoked === undefined ? undefined : openRevocations(revoked, { onEvent: logRevocations(log) });
    records = openAudit(audit, { onFailure: logAuditFailure(log) });
    const audience = await thumbprintOf(key);
    const authority = createAuthority({ roots, audience, isRevoked: revocations?.isRevoked });
    const rootNames = await Promise.all(roots.map(thumbprintOf));
    log.info(
      { capabilities: mode, audience, roots: rootNames, audit },
      `capabilities: ${mode}; this server is ${audience}; root keys ${rootNames.join(", ")}; audit in ${audit}`,
    );
    return {
      server: { mode, authority, key: keyObjectOf(key), answeredFile, onAudit: records.write },
      close,
    };
  } catch (error) {
    close();
    throw error instanceof CapabilityFileError ? new SettingsError(error.message, { cause: error }) : error;
  }
}

function missing({ mode, rootKeys, serverKey }: CapabilityConfig): SettingsError {
  const names = [
    ...(serverKey === undefined ? ["--server-key FILE"] : []),
    ...(rootKeys.length === 0 ? ["--root-key FILE"] : []),
  ];
  return new SettingsError(
    `expected --root-key and --server-key with --capabilities ${mode}, got no ${names.join(" and no ")}; ${KEYGEN}`,
  );
}

/** @throws {SettingsError} if `file` is below `dir`. */
function requireOutside(dir: string, option: string, file: string): void {
  if (!isInside(file, dir)) return;
  throw new SettingsError(
    `expected ${option} outside of the served directory ${dir}, got ${file} below it: clients can change it; move it elsewhere`,
  );
}
