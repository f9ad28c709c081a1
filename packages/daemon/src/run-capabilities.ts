import {
  type Capability,
  CapabilityError,
  type CapabilityAuthority,
  createAuthority,
  inspectCapability,
  type PrivateKey,
  type PublicKey,
  thumbprintOf,
} from "@gvpie/capability";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { RunError } from "./errors.ts";
import type { Lang, ScriptOptions } from "./store/index.ts";
import type { RunCapability } from "./types.ts";

/** Options of {@link createRunCapabilities}. */
export interface RunCapabilitiesOptions {
  /**
   * Private keys of the holders of capabilities. The thumbprint of the first one is the audience of capabilities for runs that render in
   * this process.
   */
  readonly keys: readonly [PrivateKey, ...PrivateKey[]];
  /** Public keys that may sign first blocks, for runs that render in this process; a renderer has its own. */
  readonly roots: readonly PublicKey[];
  /** Texts of the capabilities for scripts without one, by language. */
  readonly defaults?: Readonly<Partial<Record<Lang, string>>> | undefined;
  /** True for the id of a revoked block. */
  readonly isRevoked?: ((blockId: string) => boolean) | undefined;
}

/** Finds the capability of each run. With it, no script runs without one. */
export interface RunCapabilities {
  /** Thumbprint that a capability for runs in this process must have in its audience. */
  readonly audience: string;
  /**
   * Returns the capability of a script: its own, or else the default of its language. `onFound` gets it as soon as its ids are known,
   * although nothing is verified yet.
   *
   * @throws {RunError} `RUN_NO_CAPABILITY`, `RUN_NO_CAPABILITY_KEY`.
   * @throws {CapabilityError} for a malformed or revoked one, and for one that names several renderers.
   */
  find(
    script: { readonly lang: Lang; readonly options: ScriptOptions },
    onFound?: (capability: Capability) => void,
  ): Promise<RunCapability>;
}

/** Reads keys and capabilities from memory; files are the caller's. */
export async function createRunCapabilities(options: RunCapabilitiesOptions): Promise<RunCapabilities> {
  const { keys, roots, defaults = {}, isRevoked } = options;
  const audience = await thumbprintOf(keys[0]);
  const authority = createAuthority({ roots, audience, isRevoked });
  const keyObjects = new Map(keys.map((key) => [key.x, keyObjectOf(key)]));

  return {
    audience,
    async find({ lang, options: { capability: own } }, onFound) {
      const text = own ?? defaults[lang];
      if (text === undefined) throw noCapability(lang);
      const capability = authority.known(text)?.capability ?? (await inspectCapability(text));
      onFound?.(capability);
      const key = keyObjects.get(capability.key.x);
      if (key === undefined) throw await noKey(capability);
      checkRevocation(capability, isRevoked);
      return runCapability(capability, key, audience, authority);
    },
  };
}

/** Returns the error of a script with a capability, for a loop that has no keys. */
export function unusableCapability(): RunError {
  const remedy =
    "start the daemon with --capability-key, or remove the capability with gvpie scripts set --capability none";
  const message = `expected a key for the capability of the script, got no key of any capability; ${remedy}`;
  return new RunError("RUN_NO_CAPABILITY_KEY", message);
}

function runCapability(
  capability: Capability,
  key: KeyObject,
  audience: string,
  authority: CapabilityAuthority,
): RunCapability {
  const { text } = capability;
  return {
    forRenderer() {
      const servers = capability.limits.audience ?? [];
      // A capability may be for runs in this process, too.
      const others = servers.filter((server) => server !== audience);
      if (others.length > 1) throw severalServers(capability, others);
      return { text, key, server: others[0] };
    },
    open: () => authority.open(text),
  };
}

function checkRevocation({ blocks }: Capability, isRevoked: RunCapabilitiesOptions["isRevoked"]): void {
  const revoked = isRevoked === undefined ? -1 : blocks.findIndex(({ id }) => isRevoked(id));
  if (revoked < 0) return;
  throw new CapabilityError(
    "CAP_REVOKED",
    `expected a block that is not revoked, got ${blocks[revoked]?.id}`,
    { block: revoked + 1, advice: "ask its issuer for a new capability" },
  );
}

function severalServers({ limitedBy }: Capability, servers: readonly string[]): CapabilityError {
  return new CapabilityError(
    "CAP_WRONG_AUDIENCE",
    `expected a capability for one renderer, got one for ${servers.length}`,
    { block: limitedBy.audience, limit: "audience", advice: "narrow it to the renderer of this loop" },
  );
}

function noCapability(lang: Lang): RunError {
  const remedy =
    "give it one with gvpie scripts set --capability, or give the daemon a default for its language";
  return new RunError(
    "RUN_NO_CAPABILITY",
    `expected a ${lang} script with a capability, got none; ${remedy}`,
  );
}

async function noKey({ key, blocks }: Capability): Promise<RunError> {
  const remedy = "give the daemon the key that the capability was issued to";
  const message = `expected the private key of ${await thumbprintOf(key)} (block ${blocks.length}), got other keys; ${remedy}`;
  return new RunError("RUN_NO_CAPABILITY_KEY", message);
}

function keyObjectOf({ kty, crv, x, d }: PrivateKey): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
}
