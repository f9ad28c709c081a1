export { openAudit, type Audit, type AuditEntry, type AuditOptions } from "./audit.ts";
export { readAudit, type AuditLine } from "./read-audit.ts";
export { CapabilityFileError, type CapabilityFileErrorCode } from "./errors.ts";
export { isInside } from "./is-inside.ts";
export { keyObjectOf, readCapability, readPrivateKey, readPublicKey, writeKeyPair } from "./key-files.ts";
export { logAuditFailure, logRevocations } from "./log-events.ts";
export { addRevocation, readRevocations, type RevocationList } from "./revocation-file.ts";
export {
  openRevocations,
  type RevocationEvent,
  type RevocationOptions,
  type Revocations,
} from "./revocations.ts";
