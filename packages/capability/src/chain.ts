import { readBlock, type BlockForm } from "./block.ts";
import { sha256 } from "./encoding.ts";
import { CapabilityError } from "./errors.ts";
import { meetLimits } from "./meet.ts";
import type { Capability, CapabilityBlock } from "./types.ts";

/** Greatest length of a capability, in bytes: its text is ASCII. */
export const MAX_LENGTH = 8192;
/** Greatest number of blocks. */
export const MAX_BLOCKS = 8;

/** A chain whose form has been checked, signatures excepted. */
export interface ChainForm {
  readonly blocks: readonly BlockForm[];
  /** The capability, if the signatures are valid. */
  readonly capability: Capability;
}

/**
 * Checks length, number and form of the blocks, and that each one names the one before it.
 *
 * @throws {CapabilityError}
 */
export async function readChain(text: string): Promise<ChainForm> {
  if (typeof text !== "string") {
    throw new TypeError(`expected a capability to be a string, got ${typeof text}`);
  }
  if (text.length > MAX_LENGTH) {
    throw new CapabilityError("CAP_TOO_LONG", `expected at most ${MAX_LENGTH} bytes, got ${text.length}`);
  }
  const parts = text.split("~", MAX_BLOCKS + 1);
  if (parts.length > MAX_BLOCKS) {
    const count = text.replaceAll(/[^~]/g, "").length + 1;
    throw new CapabilityError("CAP_TOO_MANY_BLOCKS", `expected at most ${MAX_BLOCKS} blocks, got ${count}`);
  }
  const forms = parts.map((jws, index) => readBlock(jws, index + 1));
  const ids = await Promise.all(forms.map(({ signed }) => sha256(signed)));
  const root = checkOrder(forms, ids);
  const blocks = forms.map(({ key, limits, sealed }, index) =>
    Object.freeze({ id: ids[index] ?? "", key, limits, sealed }),
  );
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a text has at least one part");
  const chain: readonly [CapabilityBlock, ...CapabilityBlock[]] = [first, ...blocks.slice(1)];
  const { limits, limitedBy } = meetLimits(blocks.map((block) => block.limits));
  const capability: Capability = {
    text,
    root,
    blocks: Object.freeze(chain),
    limits,
    limitedBy,
    key: last.key,
  };
  return { blocks: forms, capability: Object.freeze(capability) };
}

/** Returns the thumbprint of the root key that the first block names. */
function checkOrder(blocks: readonly BlockForm[], ids: readonly string[]): string {
  let root: string | undefined;
  for (const [index, { kid, parent, limits }] of blocks.entries()) {
    const block = index + 1;
    if (index === 0) {
      if (parent !== undefined) {
        throw new CapabilityError("CAP_REORDERED", `expected a first block, got one that follows ${parent}`, {
          block,
        });
      }
      if (kid === undefined) {
        throw new CapabilityError(
          "CAP_MALFORMED",
          'expected the header of a first block to have "kid", got none',
          {
            block,
          },
        );
      }
      if (limits.audience === undefined) {
        throw new CapabilityError("CAP_NO_AUDIENCE", "expected the servers that it is for, got none", {
          block,
          limit: "audience",
        });
      }
      root = kid;
      continue;
    }
    const before = ids[index - 1];
    if (parent === undefined) {
      throw new CapabilityError(
        "CAP_REORDERED",
        `expected a block that follows ${before}, got a first block`,
        {
          block,
        },
      );
    }
    if (kid !== undefined) {
      throw new CapabilityError(
        "CAP_MALFORMED",
        'expected no "kid" in the header of a later block, got one',
        {
          block,
        },
      );
    }
    if (parent !== before) {
      throw ids.includes(parent)
        ? new CapabilityError("CAP_REORDERED", `expected the parent ${before}, got ${parent}`, { block })
        : new CapabilityError(
            "CAP_SPLICED",
            `expected the parent ${before}, got ${parent} of another chain`,
            { block },
          );
    }
    if (blocks[index - 1]?.sealed === true) {
      throw new CapabilityError(
        "CAP_SEALED",
        `expected block ${index}, which is sealed, to be the last, got another`,
        {
          block,
        },
      );
    }
  }
  return root ?? "";
}

/**
 * Decodes a capability and checks its form. **Verifies nothing**: any key may have signed the blocks.
 *
 * @throws {CapabilityError} for a malformed text.
 */
export async function inspectCapability(text: string): Promise<Capability> {
  const { capability } = await readChain(text);
  return capability;
}
