import { CapabilityError } from "./errors.ts";
import { shownTime } from "./shown.ts";
import type { Capability } from "./types.ts";

/**
 * Checks what can change after verification: the time, in milliseconds since 1970, and revocation.
 *
 * @throws {CapabilityError} `CAP_EXPIRED`, `CAP_NOT_YET_VALID`, `CAP_REVOKED`
 */
export function checkNow(
  capability: Capability,
  now: number,
  isRevoked: ((blockId: string) => boolean) | undefined,
): void {
  const { blocks, limits, limitedBy } = capability;
  const { notBefore, expires } = limits;
  const seconds = now / 1000;
  // So written that a clock which returns NaN refuses.
  if (expires !== undefined && !(seconds < expires)) {
    throw new CapabilityError(
      "CAP_EXPIRED",
      `expected a time before ${shownTime(expires)}, got ${shownTime(Math.floor(seconds))}`,
      { block: limitedBy.expires, limit: "expires", advice: "ask its issuer for a new capability" },
    );
  }
  if (notBefore !== undefined && !(seconds >= notBefore)) {
    throw new CapabilityError(
      "CAP_NOT_YET_VALID",
      `expected a time from ${shownTime(notBefore)}, got ${shownTime(Math.floor(seconds))}`,
      { block: limitedBy.notBefore, limit: "notBefore", advice: "wait, or compare the clocks" },
    );
  }
  const revoked = isRevoked === undefined ? -1 : blocks.findIndex(({ id }) => isRevoked(id));
  if (revoked < 0) return;
  throw new CapabilityError(
    "CAP_REVOKED",
    `expected a block that is not revoked, got ${blocks[revoked]?.id}`,
    {
      block: revoked + 1,
      advice: "ask its issuer for a new capability",
    },
  );
}
