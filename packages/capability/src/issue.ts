import { CompactSign } from "jose";
import { headerText } from "./block.ts";
import { MAX_BLOCKS, MAX_LENGTH, readChain } from "./chain.ts";
import { checkLimits } from "./check-limits.ts";
import { encodeUtf8, randomId } from "./encoding.ts";
import { CapabilityError } from "./errors.ts";
import { importPrivateKey, publicKeyOf, thumbprintOf } from "./keys.ts";
import type {
  CapabilityLimits,
  IssueOptions,
  NarrowOptions,
  PrivateKey,
  PublicKey,
  SealOptions,
} from "./types.ts";

/**
 * Issues a capability of one block to the holder of the key `to`.
 *
 * @throws {CapabilityError} `CAP_BAD_KEY`, `CAP_UNKNOWN_LIMIT`, `CAP_BAD_LIMIT`, `CAP_NO_AUDIENCE`, `CAP_TOO_LONG`
 */
export async function issueCapability(options: IssueOptions): Promise<string> {
  const { rootKey, to, limits, sealed = false } = options;
  const checked = checkLimits(limits, 1);
  if (checked.audience === undefined) {
    throw new CapabilityError("CAP_NO_AUDIENCE", "expected the servers that it is for, got none", {
      block: 1,
      limit: "audience",
      advice: "give the thumbprint of at least one server",
    });
  }
  const kid = await thumbprintOf(rootKey);
  return bounded(await signBlock({ signer: rootKey, kid, to, limits: checked, sealed }));
}

/**
 * Adds a block: a narrower capability for the holder of the key `to`. Limits wider than those of the blocks before have no effect. The
 * form of the capability is checked, its signatures are not.
 *
 * @throws {CapabilityError} for a malformed text, key or limit; `CAP_WRONG_KEY`, `CAP_SEALED`, `CAP_TOO_MANY_BLOCKS`, `CAP_TOO_LONG`
 */
export async function narrowCapability(text: string, options: NarrowOptions): Promise<string> {
  const { key, to, limits, sealed = false } = options;
  const { capability } = await readChain(text);
  const number = capability.blocks.length + 1;
  const last = capability.blocks.at(-1);
  await checkHolder(capability.key, key, number - 1);
  if (last?.sealed === true) {
    throw new CapabilityError("CAP_SEALED", "expected a capability that is not sealed, got a sealed one", {
      block: number - 1,
      advice: "narrow the capability that it was made from",
    });
  }
  if (number > MAX_BLOCKS) {
    throw new CapabilityError("CAP_TOO_MANY_BLOCKS", `expected at most ${MAX_BLOCKS} blocks, got ${number}`, {
      advice: "narrow an earlier one of its capabilities",
    });
  }
  const checked = checkLimits(limits, number);
  const block = await signBlock({ signer: key, parent: last?.id, to, limits: checked, sealed });
  return bounded(`${text}~${block}`);
}

/**
 * Ends a chain: adds a block without limits that is sealed, for the same key. A capability that no block can follow is returned
 * unchanged. A seal does not bind the holder of `key`, who can leave the block away: to bind the next holder, pass `sealed` when you
 * issue or narrow.
 *
 * @throws {CapabilityError} for a malformed text or key; `CAP_WRONG_KEY`, `CAP_TOO_LONG`
 */
export async function sealCapability(text: string, { key }: SealOptions): Promise<string> {
  const { blocks, key: holder } = (await readChain(text)).capability;
  await checkHolder(holder, key, blocks.length);
  if (blocks.at(-1)?.sealed === true || blocks.length === MAX_BLOCKS) return text;
  return await narrowCapability(text, { key, to: holder, limits: {}, sealed: true });
}

async function checkHolder(holder: PublicKey, key: PrivateKey, block: number): Promise<void> {
  if (key.x === holder.x) return;
  throw new CapabilityError(
    "CAP_WRONG_KEY",
    `expected the private key of ${await thumbprintOf(holder)}, got that of ${await thumbprintOf(key)}`,
    {
      block,
      advice: "use the key that the capability was issued to",
    },
  );
}

interface NewBlock {
  readonly signer: PrivateKey;
  readonly kid?: string;
  readonly parent?: string | undefined;
  readonly to: PublicKey;
  readonly limits: CapabilityLimits;
  readonly sealed: boolean;
}

async function signBlock({ signer, kid, parent, to, limits, sealed }: NewBlock): Promise<string> {
  const signingKey = await importPrivateKey(signer);
  const payload = JSON.stringify({
    jti: randomId(),
    parent,
    cnf: { jwk: publicKeyOf(to) },
    limits,
    sealed: sealed ? true : undefined,
  });
  const header = JSON.parse(headerText(kid)) as { alg: string };
  return await new CompactSign(encodeUtf8(payload)).setProtectedHeader(header).sign(signingKey);
}

function bounded(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  throw new CapabilityError("CAP_TOO_LONG", `expected at most ${MAX_LENGTH} bytes, got ${text.length}`, {
    advice: "use shorter lists",
  });
}
