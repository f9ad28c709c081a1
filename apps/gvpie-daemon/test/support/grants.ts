import {
  type CapabilityGrant,
  type CapabilityLimits,
  createAuthority,
  createKey,
  issueCapability,
  narrowCapability,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";

/** Number of the block that makes the limits of {@link grantOf}. */
export const BLOCK = 2;

const [rootKey, server, holder] = await Promise.all([createKey(), createKey(), createKey()]);
const to = publicKeyOf(holder);
const audience = await thumbprintOf(server);
const authority = createAuthority({ roots: [publicKeyOf(rootKey)], audience });
const first = await issueCapability({ rootKey, to, limits: { audience: [audience] } });

/** The grant of a capability whose second block has these limits. */
export async function grantOf(limits: CapabilityLimits): Promise<CapabilityGrant> {
  return authority.open(await narrowCapability(first, { key: holder, to, limits }));
}
