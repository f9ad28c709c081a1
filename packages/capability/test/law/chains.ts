import {
  type CapabilityLimits,
  createKey,
  issueCapability,
  narrowCapability,
  type PrivateKey,
} from "@gvpie/capability";

/** The keys of an issuer and of eight holders, one after the other. */
export interface Keys {
  readonly root: PrivateKey;
  readonly holders: readonly PrivateKey[];
}

export async function createKeys(): Promise<Keys> {
  const [root, ...holders] = await Promise.all(Array.from({ length: 9 }, createKey));
  return { root: root as PrivateKey, holders };
}

/** Adds a block for the next holder to a capability of `blocks` blocks; issues one if there is none yet. */
export async function extend(
  { root, holders }: Keys,
  text: string | undefined,
  blocks: number,
  limits: CapabilityLimits,
): Promise<string> {
  const to = holders[blocks] as PrivateKey;
  if (text === undefined) return issueCapability({ rootKey: root, to, limits });
  return narrowCapability(text, { key: holders[blocks - 1] as PrivateKey, to, limits });
}

/** Issues a capability of the first block's limits and narrows it by the others. */
export async function issueChain(keys: Keys, chain: readonly CapabilityLimits[]): Promise<string> {
  let text: string | undefined;
  for (const [blocks, limits] of chain.entries()) text = await extend(keys, text, blocks, limits);
  return text as string;
}
