export type {
  BackendName,
  Capability,
  CapabilityAuthority,
  CapabilityBlock,
  CapabilityGrant,
  CapabilityLimits,
  CapabilityLoad,
  CapabilityUse,
  LimitName,
  Operation,
  PrivateKey,
  PublicKey,
} from "./types.ts";
