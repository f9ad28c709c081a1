import type { Capability, CapabilityGrant, CapabilityLimits, LimitName } from "@gvpie/capability";

/** Number of the block that makes the limits of {@link grantOf}. */
export const BLOCK = 2;

/** A grant whose second block has these limits. */
export function grantOf(limits: CapabilityLimits): CapabilityGrant {
  const names = Object.keys(limits) as LimitName[];
  const limitedBy = Object.fromEntries(names.map((name) => [name, BLOCK]));
  const nothing = () => {};
  return {
    capability: { limits, limitedBy } as unknown as Capability,
    checkNow: nothing,
    checkUse: nothing,
    admit: () => nothing,
    admitUnread: () => nothing,
  };
}
