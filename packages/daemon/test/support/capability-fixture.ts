import {
  type CapabilityLimits,
  createKey,
  issueCapability,
  type PrivateKey,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import { createRunCapabilities, type RunCapabilities, type RunCapabilitiesOptions } from "@gvpie/daemon";

/** A root key, the key of a loop, and capabilities from the one to the other. */
export interface CapabilityFixture {
  readonly rootKey: PrivateKey;
  readonly key: PrivateKey;
  /** The audience of capabilities for runs in the process of the loop. */
  readonly audience: string;
  /** Issues a capability to the loop, by default for runs in its process. */
  issue(limits?: Partial<CapabilityLimits>): Promise<string>;
  /** The capabilities of the loop. */
  open(options?: Partial<RunCapabilitiesOptions>): Promise<RunCapabilities>;
}

export async function createCapabilityFixture(): Promise<CapabilityFixture> {
  const [rootKey, key] = [await createKey(), await createKey()];
  const audience = await thumbprintOf(key);
  return {
    rootKey,
    key,
    audience,
    issue: (limits = {}) =>
      issueCapability({ rootKey, to: publicKeyOf(key), limits: { audience: [audience], ...limits } }),
    open: (options = {}) => createRunCapabilities({ keys: [key], roots: [publicKeyOf(rootKey)], ...options }),
  };
}
