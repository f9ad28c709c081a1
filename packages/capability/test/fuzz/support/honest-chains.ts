// Chains that honest holders have signed, the same in every session. The attacker has the last key of most of them, and no other.
import { createHash, createPrivateKey } from "node:crypto";
import { type CapabilityLimits, type PrivateKey, publicKeyOf } from "@gvpie/capability";
import { claims, firstHeader, forge, idOf, thumbprint } from "../../support/forge.ts";

/** RFC 8410: what precedes the 32 bytes of an Ed25519 seed. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

function keyOf(name: string): PrivateKey {
  const seed = createHash("sha256").update(name).digest();
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const { x = "", d = "" } = key.export({ format: "jwk" });
  return { kty: "OKP", crv: "Ed25519", x, d };
}

const root = keyOf("root");
const [agent, script] = [keyOf("agent"), keyOf("script")];
/** The key that the attacker holds. */
export const attacker: PrivateKey = keyOf("attacker");
const otherRoot = keyOf("another root");

export const ROOTS = [publicKeyOf(root)];
export const AUDIENCE = thumbprint(keyOf("server"));
/** Milliseconds since 1970. */
export const NOW = 1_800_000_000_000;

interface Holder {
  readonly to: PrivateKey;
  readonly limits: CapabilityLimits;
  readonly sealed?: true;
}

/** Returns the blocks of a chain that its holders narrow in turn. */
function chainOf(rootKey: PrivateKey, ...holders: readonly Holder[]): string[] {
  const blocks: string[] = [];
  let by = rootKey;
  for (const { to, limits, sealed } of holders) {
    const before = blocks.at(-1);
    // In the order of the format: jti, parent, cnf, limits, sealed.
    const { jti, ...rest } = claims(to, limits);
    const payload = { jti, ...(before !== undefined && { parent: idOf(before) }), ...rest, sealed };
    blocks.push(forge({ ...(before === undefined && { header: firstHeader(rootKey) }), payload, by }));
    by = to;
  }
  return blocks;
}

const audience = [AUDIENCE];
const second = NOW / 1000;

/** Chains of the trusted root. The last blocks of some belong to the attacker. */
export const HONEST: readonly (readonly string[])[] = [
  chainOf(root, { to: attacker, limits: { audience } }),
  chainOf(
    root,
    { to: agent, limits: { audience, pixels: 8192, operations: ["render_program", "ping"] } },
    { to: script, limits: { pixels: 4096, backends: ["cpu"], params: ["a", "b"] } },
    { to: attacker, limits: { requestsPerSecond: 2.5, expires: second + 60 } },
  ),
  chainOf(
    root,
    { to: agent, limits: { audience: [AUDIENCE, thumbprint(agent)], fuel: 0, purpose: "été \u{1F5BC}" } },
    { to: attacker, limits: { frames: 3, programs: ["0".repeat(64), "f".repeat(64)] }, sealed: true },
  ),
  chainOf(
    root,
    { to: agent, limits: { audience, pixels: 1 } },
    { to: script, limits: { audience: [] as never } },
  ),
  chainOf(
    root,
    ...Array.from({ length: 8 }, (_, i) => ({
      to: i === 7 ? attacker : script,
      limits: i === 0 ? { audience } : { pixels: 9 - i },
    })),
  ),
  chainOf(root, { to: attacker, limits: { audience, expires: second } }),
  chainOf(
    root,
    { to: agent, limits: { audience, notBefore: second + 1 } },
    {
      to: attacker,
      limits: {
        instructions: 1,
        paintedPixels: 2,
        codeBytes: 3,
        inFlight: 4,
        queuedBytes: 5,
        unreadBytes: 6,
      },
    },
  ),
];

/** A chain of a root that is not trusted. */
const FOREIGN: readonly string[] = chainOf(
  otherRoot,
  { to: agent, limits: { audience } },
  { to: attacker, limits: { pixels: 7 } },
);

/** A chain that the attacker issued, as if it were a root. */
const FORGED: readonly string[] = chainOf(attacker, { to: attacker, limits: { audience } });

/** Chains that the attacker has narrowed, by one block and by two: the attacker can sign the last blocks again. */
const NARROWED: readonly (readonly string[])[] = HONEST.slice(0, 2).flatMap((honest) => {
  const chain = [...honest];
  return [{ pixels: 64, params: ["a"] }, { fuel: 10 }].map((limits) => {
    const { jti, ...rest } = claims(attacker, limits);
    chain.push(forge({ payload: { jti, parent: idOf(chain.at(-1) ?? ""), ...rest }, by: attacker }));
    return [...chain];
  });
});

/** The chains from which all inputs are made. */
export const SEEDS: readonly (readonly string[])[] = [...HONEST, ...NARROWED, FOREIGN, FORGED];
