import {
  CapabilityFileError,
  isInside,
  logAuditFailure,
  logRevocations,
  openAudit,
  openRevocations,
  readCapability,
  readPrivateKey,
  readPublicKey,
  type Audit,
  type Revocations,
} from "@gvpie/app-common/capability";
import { SettingsError } from "@gvpie/app-common/daemon";
import { CapabilityError } from "@gvpie/capability";
import { createRunCapabilities, type RunAudit, type RunCapabilities, RunError } from "@gvpie/daemon";
import { LANGS, type Lang } from "@gvpie/daemon/store";
import type { Logger } from "pino";
import type { CapabilityConfig } from "./config/capabilities.ts";

/** The capabilities of one start, with the files that stay open. */
export interface OpenCapabilities {
  readonly runs: RunCapabilities;
  readonly onAudit: (record: RunAudit) => void;
  close(): void;
}

/** Refusals of a default that may end while the daemon runs. */
const PASSING: ReadonlySet<string> = new Set(["CAP_EXPIRED", "CAP_NOT_YET_VALID", "CAP_REVOKED"]);

/**
 * Reads the keys and the default capabilities, checks that each default can be used, and opens the lists. Returns undefined if no key
 * is given: then no run has a capability.
 *
 * @param dir directory of the renderer. Its clients can change every file below it, so none of these files may be there.
 * @throws {SettingsError}
 */
export async function openCapabilities(
  config: CapabilityConfig,
  dir: string,
  log: Logger,
): Promise<OpenCapabilities | undefined> {
  const [firstKey, ...otherKeys] = config.keys;
  if (firstKey === undefined) {
    requireUnused(config, log);
    return undefined;
  }
  requireOutside(config, dir);
  let revocations: Revocations | undefined;
  let audit: Audit | undefined;
  const close = (): void => {
    revocations?.close();
    audit?.close();
  };
  try {
    const keys = [readPrivateKey(firstKey), ...otherKeys.map(readPrivateKey)] as const;
    const roots = config.rootKeys.map(readPublicKey);
    const defaults = readDefaults(config.defaults);
    const { revoked } = config;
    revocations =
      revoked === undefined ? undefined : openRevocations(revoked, { onEvent: logRevocations(log) });
    const auditFile = config.audit ?? `${firstKey}.audit`;
    audit = openAudit(auditFile, { onFailure: logAuditFailure(log) });
    const isRevoked = revocations?.isRevoked;
    const runs = await createRunCapabilities({ keys, roots, defaults, isRevoked });
    for (const lang of LANGS) {
      const path = config.defaults[lang];
      if (path !== undefined) await checkDefault(runs, lang, path, log);
    }
    const { audience } = runs;
    log.info(
      { audience, audit: auditFile },
      `capabilities: every run needs one; those for this process name ${audience}; audit in ${auditFile}`,
    );
    return { runs, onAudit: auditOf(audit), close };
  } catch (error) {
    close();
    throw error instanceof CapabilityFileError ? new SettingsError(error.message, { cause: error }) : error;
  }
}

/** Without a key, a default would be ignored. Lists and root keys may be meant for another daemon. */
function requireUnused({ defaults, rootKeys, revoked, audit }: CapabilityConfig, log: Logger): void {
  const [lang] = Object.keys(defaults);
  if (lang !== undefined) {
    const remedy = "name the private key that the capability was issued to";
    throw new SettingsError(`expected --capability-key with --capability ${lang}=…, got none; ${remedy}`);
  }
  if (rootKeys.length === 0 && revoked === undefined && audit === undefined) return;
  log.warn(
    "capabilities are off: root keys, revocations and the audit have no effect without --capability-key",
  );
}

/** @throws {SettingsError} if a file lies below the directory of the renderer. */
function requireOutside({ keys, rootKeys, defaults, revoked, audit }: CapabilityConfig, dir: string): void {
  const files = [
    ...keys,
    ...rootKeys,
    ...Object.values(defaults),
    ...[revoked, audit].filter((file) => file !== undefined),
  ];
  const inside = files.find((file) => isInside(file, dir));
  if (inside === undefined) return;
  const remedy = "the clients of the renderer can change it; move it elsewhere";
  throw new SettingsError(
    `expected keys, capabilities and lists outside of the directory ${dir}, got ${inside} below it: ${remedy}`,
  );
}

function readDefaults(files: CapabilityConfig["defaults"]): Partial<Record<Lang, string>> {
  return Object.fromEntries(Object.entries(files).map(([lang, path]) => [lang, readCapability(path)]));
}

/** Verifies the default of a language as its first run will. */
async function checkDefault(runs: RunCapabilities, lang: Lang, path: string, log: Logger): Promise<void> {
  try {
    const capability = await runs.find({ lang, options: {} });
    if (lang === "gvpie") capability.forRenderer();
    else await capability.open();
  } catch (error) {
    if (!(error instanceof CapabilityError || error instanceof RunError)) throw error;
    const message = `the capability for ${lang} scripts, ${path}: ${error.message}`;
    if (!PASSING.has(error.code)) throw new SettingsError(message, { cause: error });
    log.warn({ code: error.code }, `${message}; these scripts fail for now`);
  }
}

function auditOf(audit: Audit): (record: RunAudit) => void {
  return ({ type, runId, name, code, message, capability }) =>
    audit.write({ type, via: "run", id: `${runId}`, client: name, code, message, capability });
}
