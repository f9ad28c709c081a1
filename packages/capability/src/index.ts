export { type AuthorityOptions, createAuthority } from "./authority/authority.ts";
export { inspectCapability } from "./chain.ts";
export {
  CapabilityError,
  type CapabilityErrorCode,
  type CapabilityErrorDetails,
  type LimitErrorCode,
  type UseLimitName,
} from "./errors.ts";
export { issueCapability, narrowCapability, sealCapability } from "./issue.ts";
export { createKey, publicKeyOf, thumbprintOf } from "./keys.ts";
export { type ExceededLimit, limitError } from "./limit-error.ts";
export {
  type Limit,
  LIMIT_NAMES,
  LIMITS,
  type NumberLimit,
  type SetLimit,
  type TextLimit,
} from "./limits.ts";
export type {
  BackendName,
  Capability,
  CapabilityAuthority,
  CapabilityBlock,
  CapabilityGrant,
  CapabilityLimits,
  CapabilityLoad,
  CapabilityUse,
  IssueOptions,
  LimitName,
  NarrowOptions,
  Operation,
  PrivateKey,
  PublicKey,
  SealOptions,
  VerifyOptions,
} from "./types.ts";
export { verifyCapability } from "./verify.ts";
