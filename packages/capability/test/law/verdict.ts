import { CapabilityError, createAuthority, type LimitName, type PublicKey } from "@gvpie/capability";
import { type Facts, limitAllows, NAMES } from "./definition.ts";

/** Limits that an authority compares with a request. The renderer enforces the others. */
const CHECKED: ReadonlySet<LimitName> = new Set<LimitName>([
  "audience",
  "codeBytes",
  "expires",
  "notBefore",
  "operations",
  "params",
  "pixels",
  "programs",
]);
const OTHERS = NAMES.filter((name) => !CHECKED.has(name));

/**
 * Returns a function that decides about a request as a server does: it opens the capability, compares the request before it is
 * rendered, and then the rest of the facts with the limits of all blocks together.
 */
export function createVerdicts(
  roots: readonly PublicKey[],
): (text: string, facts: Facts) => Promise<boolean> {
  return async (text, facts) => {
    const { operation, code, params, pixels, server, now } = facts;
    const authority = createAuthority({ roots, audience: server, now: () => now * 1000 });
    try {
      const grant = await authority.open(text);
      grant.checkUse({ operation, params, pixels, ...(code !== undefined && { code }) });
      return OTHERS.every((name) => limitAllows(name, grant.capability.limits, facts));
    } catch (error) {
      if (error instanceof CapabilityError) return false;
      throw error;
    }
  };
}
