import { checkNow } from "../check-now.ts";
import type { Capability, CapabilityAuthority, CapabilityGrant, PublicKey } from "../types.ts";
import { verifyCapability } from "../verify.ts";
import { checkUse } from "./check-use.ts";
import { createCounters } from "./counters.ts";
import { createKnownGrants } from "./known-grants.ts";

/** Options of {@link createAuthority}. */
export interface AuthorityOptions {
  /** The keys that may sign first blocks. */
  readonly roots: readonly PublicKey[];
  /** Thumbprint of the server's public key. */
  readonly audience: string;
  /** True if the block with this id is revoked. Called for every block of a capability at every use. */
  readonly isRevoked?: ((blockId: string) => boolean) | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds on a clock that never goes back. Default: `performance.now`. */
  readonly monotonic?: (() => number) | undefined;
  /** Verified capabilities to remember, at least 1. Default: 1,024. */
  readonly maxKnown?: number | undefined;
}

/**
 * Verifies capabilities for one server, remembers the verified ones, and counts their use. Counts are kept for each block: all
 * capabilities that contain a block share its `requestsPerSecond`, `inFlight`, `queuedBytes` and `unreadBytes`.
 */
export function createAuthority(options: AuthorityOptions): CapabilityAuthority {
  const { roots, audience, isRevoked, now = Date.now, maxKnown = 1024 } = options;
  const { monotonic = (): number => performance.now() } = options;
  if (!Number.isSafeInteger(maxKnown) || maxKnown < 1) {
    throw new RangeError(`expected maxKnown to be an integer from 1, got ${maxKnown}`);
  }
  const counters = createCounters(monotonic);
  const known = createKnownGrants(maxKnown);
  const opening = new Map<string, Promise<CapabilityGrant>>();

  function createGrant(capability: Capability): CapabilityGrant {
    const chain = counters.of(capability.blocks);
    return {
      capability,
      checkNow: () => checkNow(capability, now(), isRevoked),
      checkUse: (use) => checkUse(capability, use),
      admit: ({ bytes }) => chain.admit(bytes),
      admitUnread: chain.admitUnread,
    };
  }

  async function verify(text: string): Promise<CapabilityGrant> {
    const capability = await verifyCapability(text, { roots, audience, now, isRevoked });
    const grant = createGrant(capability);
    known.add(grant);
    return grant;
  }

  return {
    known: (text) => known.get(text),
    open: async (text) => {
      const before = known.get(text);
      if (before !== undefined) {
        before.checkNow();
        return before;
      }
      const running = opening.get(text);
      if (running !== undefined) return running;
      const verification = verify(text).finally(() => opening.delete(text));
      opening.set(text, verification);
      return verification;
    },
  };
}
