import type { SeededRandom } from "@gvpie/testing";
import { mutateBytes, textMutator } from "@gvpie/testing/fuzz";
import { randomLimits } from "../../law/random.ts";
import { claims, forge, idOf, signAs } from "../../support/forge.ts";
import { attacker, SEEDS } from "./honest-chains.ts";

const MAX_LENGTH = 16_384;
/** The order of the group of Ed25519: s and s + this one satisfy the same equation. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mutateJson = textMutator(
  [
    ..."jti parent cnf jwk kty crv x d limits sealed alg kid typ crit b64 jku jwk zip __proto__ constructor".split(
      " ",
    ),
    ..."EdDSA Ed25519 none ES256 HS256 OKP EC X25519 P-256 gvpie-capability".split(" "),
    ..."operations pixels fuel frames backends programs params inFlight requestsPerSecond notBefore expires".split(
      " ",
    ),
    ...'audience purpose render_program ping cpu webgpu true false null { } [ ] " , : \\ \\u0070 1e3 1.0 -0 +1'.split(
      " ",
    ),
    attacker.x,
  ],
  8_192,
);

/** Encoded points of small order, for which signatures exist that no private key made. */
const SMALL_ORDER = [0, 1].map((y) => Buffer.from([y, ...new Uint8Array(31)]).toString("base64url"));

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Characters of base64url, of other encodings, and others. */
const LAST_CHARACTERS = Array.from(`${BASE64URL}+/=. \n~é`);

interface Parts {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
}

type Change = (blocks: string[], other: readonly string[], random: SeededRandom) => string[];

const partsOf = (block: string): Parts => {
  const [header = "", payload = "", signature = ""] = block.split(".");
  return { header, payload, signature };
};
const join = ({ header, payload, signature }: Parts): string => `${header}.${payload}.${signature}`;
const decode = (part: string): string => Buffer.from(part, "base64url").toString();
const encode = (text: string): string => Buffer.from(text).toString("base64url");

type PartsChange = (parts: Parts, random: SeededRandom) => Parts;

/** Changes the parts of one block. */
function withParts(change: PartsChange): Change {
  return (blocks, _, random) => {
    const at = random.below(blocks.length);
    return blocks.with(at, join(change(partsOf(blocks[at] ?? ""), random)));
  };
}

/** Changes what is signed; in one of two cases the attacker signs it again, and in one of two it is the last block. */
function withSigned(change: PartsChange): Change {
  return (blocks, _, random) => {
    const at = random.oneIn(2) ? blocks.length - 1 : random.below(blocks.length);
    const changed = join(change(partsOf(blocks[at] ?? ""), random));
    return blocks.with(at, random.oneIn(2) ? resign(changed) : changed);
  };
}

/** Parses JSON; a text that is not JSON becomes an object without keys. */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Signs a block, as any key that the attacker has. */
function resign(block: string): string {
  const { header, payload } = partsOf(block);
  return forge({
    header: Buffer.from(header, "base64url"),
    payload: Buffer.from(payload, "base64url"),
    by: attacker,
  });
}

/** Returns a block that follows another one, with its id as the parent. */
function follow(block: string, before: string): string {
  const { header, payload, signature } = partsOf(block);
  const { jti, ...rest } = parse(decode(payload));
  return join({ header, payload: encode(JSON.stringify({ jti, ...rest, parent: idOf(before) })), signature });
}

/** Returns a new block of the attacker after another one, valid if the attacker has the key of that one. */
function append(before: string, random: SeededRandom): string {
  const { jti, ...rest } = claims(attacker, randomLimits(random, 3, random.oneIn(4)));
  const payload = { jti, parent: idOf(before), ...rest, ...(random.oneIn(4) && { sealed: true }) };
  return forge({ payload, by: attacker });
}

const CHANGES: readonly Change[] = [
  // The order of the blocks.
  (blocks, _, random) => blocks.slice(0, 1 + random.below(blocks.length)),
  (blocks, _, random) => blocks.slice(random.below(blocks.length)),
  (blocks, _, random) => blocks.toSpliced(random.below(blocks.length), 1),
  (blocks, _, random) => blocks.toSpliced(random.below(blocks.length), 0, random.pick(blocks)),
  (blocks, _, random) => blocks.with(random.below(blocks.length), random.pick(blocks)),
  (blocks) => blocks.toReversed(),
  // Blocks of two chains.
  (blocks, other, random) => [
    ...blocks.slice(0, random.below(blocks.length + 1)),
    ...other.slice(random.below(other.length)),
  ],
  (blocks, other, random) => blocks.with(random.below(blocks.length), random.pick(other)),
  (blocks, _, random) => blocks.with(random.below(blocks.length), random.pick(random.pick(SEEDS))),
  (blocks, other, random) => {
    const at = random.below(blocks.length);
    const { signature } = partsOf(random.pick(other));
    return blocks.with(at, join({ ...partsOf(blocks[at] ?? ""), signature }));
  },
  // The header and the payload.
  withSigned((parts, random) => ({ ...parts, header: encode(mutateJson(decode(parts.header), "", random)) })),
  withSigned((parts, random) => ({
    ...parts,
    payload: encode(mutateJson(decode(parts.payload), "", random)),
  })),
  (blocks, other, random) => {
    const at = random.below(blocks.length);
    const parts = partsOf(blocks[at] ?? "");
    const changed = mutateJson(decode(parts.payload), decode(partsOf(random.pick(other)).payload), random);
    return blocks.with(at, resign(join({ ...parts, payload: encode(changed) })));
  },
  withSigned((parts, random) => {
    const limits = randomLimits(random, 4, random.oneIn(2));
    return { ...parts, payload: encode(JSON.stringify({ ...parse(decode(parts.payload)), limits })) };
  }),
  // Another form of the same JSON, and of the same bytes.
  withSigned((parts, random) => {
    const name = random.pick(["header", "payload"] as const);
    const [from, to] = random.pick([
      [":", ": "],
      [/\}$/, "}\n"],
      ['"typ"', String.raw`"\u0074yp"`],
      ['"EdDSA"', String.raw`"\u0045dDSA"`],
      ['{"alg":"EdDSA","typ":"gvpie-capability"}', '{"typ":"gvpie-capability","alg":"EdDSA"}'],
      ['{"alg":"EdDSA"', '{"alg":"none","alg":"EdDSA"'],
      ['{"alg":"EdDSA"', '{"alg":"EdDSA","b64":false'],
      [/:(\d+)/, ":$1.0"],
      [/"crv":"Ed25519"/, '"crv":"Ed25519","crv":"Ed25519"'],
      [/"kty":"OKP","crv":"Ed25519"/, '"crv":"Ed25519","kty":"OKP"'],
      [/$/, "\0"],
    ] as const);
    return { ...parts, [name]: encode(decode(parts[name]).replace(from, to)) };
  }),
  (blocks, _, random) => {
    const { header, payload } = partsOf(blocks.at(-1) ?? "");
    const otherEnd = (part: string): string =>
      `${part.slice(0, -1)}${BASE64URL.charAt(BASE64URL.indexOf(part.slice(-1)) ^ 1)}`;
    const signed = random.oneIn(2) ? `${otherEnd(header)}.${payload}` : `${header}.${otherEnd(payload)}`;
    return blocks.with(blocks.length - 1, `${signed}.${signAs(attacker, signed)}`);
  },
  // A key or a value twice, in either order.
  withSigned((parts, random) => {
    const text = decode(parts.payload);
    const key = random.pick([
      '"limits":{}',
      '"limits":{"pixels":99999}',
      '"sealed":true',
      '"parent":"x"',
      '"jti":""',
    ]);
    const changed = random.oneIn(2) ? text.replace("{", `{${key},`) : text.replace(/\}$/, `,${key}}`);
    return { ...parts, payload: encode(changed) };
  }),
  withSigned((parts, random) => {
    const x = random.pick([...SMALL_ORDER, attacker.x]);
    return { ...parts, payload: encode(decode(parts.payload).replace(/"x":"[^"]*"/, `"x":"${x}"`)) };
  }),
  // The signature: the other encodings of one, none, and one that the attacker made.
  withParts((parts) => {
    const bytes = Buffer.from(parts.signature, "base64url");
    let s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex") || "0"}`) + ORDER;
    for (let i = 32; i < bytes.length; i++, s >>= 8n) bytes[i] = Number(s & 255n);
    return { ...parts, signature: bytes.toString("base64url") };
  }),
  withParts((parts, random) => {
    const bytes = Buffer.from(parts.signature, "base64url");
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return { ...parts, signature: bytes.toString("base64url") };
  }),
  withParts((parts, random) => ({
    ...parts,
    signature: random.pick(["", "A".repeat(86), `${SMALL_ORDER[1]}${"A".repeat(43)}`, `${parts.signature}=`]),
  })),
  withParts((parts, random) => {
    const name = random.pick(["header", "payload", "signature"] as const);
    // The lowest bits of the last character are unused: another one may encode the same bytes.
    const value = BASE64URL.indexOf(parts[name].slice(-1));
    const last = random.oneIn(2) ? BASE64URL.charAt(value ^ 1) : random.pick(LAST_CHARACTERS);
    return { ...parts, [name]: `${parts[name].slice(0, -1)}${last}` };
  }),
  (blocks, _, random) => {
    const at = random.below(blocks.length);
    return blocks.with(at, resign(blocks[at] ?? ""));
  },
  // Blocks that follow each other, and are signed by the attacker.
  (blocks, _, random) => {
    const at = random.below(blocks.length);
    if (at === 0) return blocks;
    const linked = follow(blocks[at] ?? "", blocks[at - 1] ?? "");
    return blocks.with(at, random.oneIn(3) ? linked : resign(linked));
  },
  (blocks, _, random) => {
    const kept = blocks.slice(0, 1 + random.below(blocks.length));
    return [...kept, append(kept.at(-1) ?? "", random)];
  },
  (blocks, _, random) => [...blocks, append(blocks.at(-1) ?? "", random)],
];

/** Changes blocks, their parts and their order with knowledge of the format; in one of six cases any bytes. */
export function mutateChain(input: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.oneIn(6)) return mutateBytes(input, other, random).subarray(0, MAX_LENGTH);
  // Most of the kept inputs are refused for their form: a third begins with a valid chain again.
  let blocks = random.oneIn(3) ? [...random.pick(SEEDS)] : Buffer.from(input).toString().split("~");
  const others = Buffer.from(other).toString().split("~");
  for (let i = random.oneIn(3) ? 1 + random.below(4) : 1; i > 0; i--) {
    blocks = random.pick(CHANGES)(blocks, others, random);
    if (blocks.length === 0) blocks = [""];
  }
  return Buffer.from(blocks.join("~")).subarray(0, MAX_LENGTH);
}
