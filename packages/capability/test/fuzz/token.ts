import { isDeepStrictEqual } from "node:util";
import {
  type Capability,
  CapabilityError,
  type CapabilityLimits,
  inspectCapability,
  narrowCapability,
  publicKeyOf,
  verifyCapability,
} from "@gvpie/capability";
import { type FuzzTarget, outcomeOf } from "@gvpie/testing/fuzz";
import { shrinks } from "../law/definition.ts";
import { idOf } from "../support/forge.ts";
import { attacker, AUDIENCE, HONEST, NOW, ROOTS, SEEDS } from "./support/honest-chains.ts";
import { mutateChain } from "./support/mutate-chain.ts";

const OPTIONS = { roots: ROOTS, audience: AUDIENCE, now: () => NOW };

interface Payload extends Readonly<Record<string, unknown>> {
  readonly parent?: string;
  readonly sealed?: true;
}

/** The first blocks of every honest chain, joined. */
const PREFIXES: ReadonlySet<string> = new Set(
  HONEST.flatMap((blocks) => blocks.map((_, index) => blocks.slice(0, index + 1).join("~"))),
);

/**
 * Returns the longest beginning of an accepted text that honest holders signed. It is the capability of an earlier holder, whose key a
 * request needs. The attacker can have signed only what follows the attacker's own key.
 */
async function honestPartOf({ text, blocks }: Capability): Promise<Capability> {
  const all = text.split("~");
  const length = all.findLastIndex((_, index) => PREFIXES.has(all.slice(0, index + 1).join("~"))) + 1;
  if (length === 0) throw new Error("the first block is of no honest chain");
  const before = blocks[length - 1]?.key.x;
  if (length < all.length && before !== attacker.x) {
    throw new Error(`block ${length + 1} follows the key of another holder, and no holder signed it`);
  }
  return await inspectCapability(all.slice(0, length).join("~"));
}

/** Checks the form of an accepted text, without the code under test: a chain has one form. */
function checkForm(text: string): void {
  const blocks = text.split("~");
  if (text.length > 8192 || blocks.length > 8) throw new Error("an accepted text is too long");
  for (const [index, block] of blocks.entries()) {
    const parts = block.split(".");
    const bytes = parts.map((part) => Buffer.from(part, "base64url"));
    const [header, payload] = bytes.slice(0, 2).map((part) => JSON.parse(part.toString()) as Payload);
    const isOneForm =
      parts.length === 3 &&
      bytes.every((part, i) => part.toString("base64url") === parts[i]) &&
      bytes[1]?.toString() === JSON.stringify(payload) &&
      bytes[2]?.length === 64 &&
      header?.["alg"] === "EdDSA" &&
      bytes[0]?.toString() === JSON.stringify(header) &&
      Object.keys(header).join() === (index === 0 ? "alg,kid,typ" : "alg,typ") &&
      payload?.parent === (index === 0 ? undefined : idOf(blocks[index - 1] ?? "")) &&
      (payload?.sealed === undefined || index === blocks.length - 1);
    if (!isOneForm) throw new Error(`block ${index + 1} of an accepted text has another form`);
  }
}

/** Checks what an accepted text allows. */
async function checkAccepted(capability: Capability): Promise<string> {
  checkForm(capability.text);
  const honest = await honestPartOf(capability);
  const added = capability.blocks.length - honest.blocks.length;
  checkLimits(honest.limits, capability.limits);
  if (added === 0 && !isDeepStrictEqual(honest, capability)) throw new Error("a prefix has other contents");
  const last = capability.blocks.at(-1);
  if (capability.key.x === attacker.x && last?.sealed === false && capability.blocks.length < 8) {
    const narrow = await narrowCapability(capability.text, {
      key: attacker,
      to: publicKeyOf(attacker),
      limits: { pixels: Number.MAX_SAFE_INTEGER, notBefore: 0 },
    }).catch((error: unknown) => {
      if (error instanceof CapabilityError && error.code === "CAP_TOO_LONG") return undefined;
      throw error;
    });
    const narrower = narrow === undefined ? capability : await verifyCapability(narrow, OPTIONS);
    checkLimits(capability.limits, narrower.limits);
  }
  return `accepted ${honest.blocks.length} + ${added}`;
}

function checkLimits(wide: CapabilityLimits, narrow: CapabilityLimits): void {
  const grown = Object.keys(wide).find((name) => !shrinks(name as keyof CapabilityLimits, wide, narrow));
  if (grown !== undefined) throw new Error(`${grown} has grown`);
}

/** Returns a capability, or the typed error that refuses it. */
function outcome(capability: Promise<Capability>): Promise<Capability | CapabilityError> {
  return capability.catch((error: unknown) => {
    if (error instanceof CapabilityError) return error;
    throw error;
  });
}

/** Returns the outcome of a refusal, which is the same for a text that is only decoded if its form is refused. */
function checkRefusal(error: CapabilityError, inspected: Capability | CapabilityError): string {
  if (inspected instanceof CapabilityError && inspected.message !== error.message) {
    throw new Error(`refused with two messages: ${inspected.message}, and ${error.message}`);
  }
  if (!/expected .*, got /s.test(error.message)) throw new Error(`a message without parts: ${error.message}`);
  return `${error.block ?? 0} ${outcomeOf(error.code, error.message)}`;
}

export const target: FuzzTarget = {
  reads: "capabilities, inspected, verified and narrowed",
  maxCorpusBytes: 2_048,
  weight: 40,
  seeds: () => SEEDS.map((blocks) => Buffer.from(blocks.join("~"))),
  mutate: mutateChain,
  async run(input) {
    const text = Buffer.from(input).toString();
    const inspected = await outcome(inspectCapability(text));
    const verified = await outcome(verifyCapability(text, OPTIONS));
    if (verified instanceof CapabilityError) return checkRefusal(verified, inspected);
    if (!isDeepStrictEqual(verified, inspected)) throw new Error("inspected and verified differ");
    return await checkAccepted(verified);
  },
};
