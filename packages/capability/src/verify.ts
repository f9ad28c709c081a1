import { compactVerify } from "jose";
import type { BlockForm } from "./block.ts";
import { readChain } from "./chain.ts";
import { checkNow } from "./check-now.ts";
import { CapabilityError } from "./errors.ts";
import { importPublicKey, thumbprintOf } from "./keys.ts";
import { shown } from "./shown.ts";
import type { Capability, PublicKey, VerifyOptions } from "./types.ts";

/**
 * Verifies a capability: its form, at most one signature a block, then audience, time and revocation. Who presents it must still prove
 * to hold the private part of `key`.
 *
 * @throws {CapabilityError}
 */
export async function verifyCapability(text: string, options: VerifyOptions): Promise<Capability> {
  const { blocks, capability } = await readChain(text);
  let signer = await findRoot(capability.root, options.roots);
  for (const [index, block] of blocks.entries()) {
    await verifyBlock(block, index + 1, signer);
    signer = block.key;
  }
  const { audience, now = Date.now, isRevoked } = options;
  if (audience !== undefined && capability.limits.audience?.includes(audience) !== true) {
    throw new CapabilityError(
      "CAP_WRONG_AUDIENCE",
      `expected the server ${shown(audience)}, got a capability for ${others(capability)}`,
      {
        block: capability.limitedBy.audience,
        limit: "audience",
        advice: "ask its issuer for one for this server",
      },
    );
  }
  checkNow(capability, now(), isRevoked);
  return capability;
}

async function findRoot(thumbprint: string, roots: readonly PublicKey[]): Promise<PublicKey> {
  for (const root of roots) {
    if ((await thumbprintOf(root)) === thumbprint) return root;
  }
  throw new CapabilityError(
    "CAP_UNKNOWN_ROOT",
    `expected a block of a root key that is known here, got one of the root key ${thumbprint}; known: ${roots.length}`,
    { block: 1, advice: "give the server the public key of its issuer, if you trust it" },
  );
}

async function verifyBlock(block: BlockForm, number: number, signer: PublicKey): Promise<void> {
  const key = await importPublicKey(signer, number === 1 ? undefined : number - 1);
  try {
    await compactVerify(block.jws, key, { algorithms: ["EdDSA"] });
  } catch (cause) {
    throw new CapabilityError(
      "CAP_BAD_SIGNATURE",
      `expected the signature of ${number === 1 ? "the root key" : `the key of block ${number - 1}`}, got another`,
      { block: number, cause },
    );
  }
}

function others({ limits: { audience = [] } }: Capability): string {
  const [first, ...rest] = audience;
  if (first === undefined) return "no server";
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}
