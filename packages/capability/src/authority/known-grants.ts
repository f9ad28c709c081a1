import type { CapabilityGrant } from "../types.ts";

/** The grants of verified capabilities, by their text. */
export interface KnownGrants {
  /** Returns a grant, which is then the most recently used one. */
  get(text: string): CapabilityGrant | undefined;
  add(grant: CapabilityGrant): void;
  readonly size: number;
}

/**
 * Keeps at most `max` grants. The least recently used grant of the first block that has most grants goes first, so that the holders of
 * one first block cannot drive out the grants of another by narrowing.
 */
export function createKnownGrants(max: number): KnownGrants {
  const grants = new Map<string, CapabilityGrant>();
  /** By the id of the first block. Maps are in the order of use. */
  const lanes = new Map<string, Map<string, CapabilityGrant>>();

  function put(grant: CapabilityGrant): void {
    const { text, blocks } = grant.capability;
    const lane = lanes.get(blocks[0].id) ?? new Map<string, CapabilityGrant>();
    lane.delete(text);
    lane.set(text, grant);
    lanes.delete(blocks[0].id);
    lanes.set(blocks[0].id, lane);
    grants.set(text, grant);
  }

  function removeOne(): void {
    let largest: Map<string, CapabilityGrant> = new Map();
    for (const lane of lanes.values()) if (lane.size > largest.size) largest = lane;
    const [[text, grant] = []] = largest;
    if (text === undefined || grant === undefined) return;
    grants.delete(text);
    largest.delete(text);
    if (largest.size === 0) lanes.delete(grant.capability.blocks[0].id);
  }

  return {
    get size() {
      return grants.size;
    },
    get: (text) => {
      const grant = grants.get(text);
      if (grant !== undefined) put(grant);
      return grant;
    },
    add: (grant) => {
      put(grant);
      if (grants.size > max) removeOne();
    },
  };
}
