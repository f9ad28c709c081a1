import { CapabilityError, type PublicKey, verifyCapability } from "@gvpie/capability";
import { blockAllows, type Facts } from "./definition.ts";

/** Returns a function that verifies a capability for a request, and compares the request with the limits of all blocks together. */
export function createVerdicts(
  roots: readonly PublicKey[],
): (text: string, facts: Facts) => Promise<boolean> {
  return async (text, facts) => {
    try {
      const now = (): number => facts.now * 1000;
      const { limits } = await verifyCapability(text, { roots, audience: facts.server, now });
      return blockAllows(limits, facts);
    } catch (error) {
      if (error instanceof CapabilityError) return false;
      throw error;
    }
  };
}
