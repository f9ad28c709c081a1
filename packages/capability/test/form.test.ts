// A malformed capability is refused with its code and its place, before any signature is checked.
import { generateKeyPairSync } from "node:crypto";
import { inspectCapability, narrowCapability, publicKeyOf, verifyCapability } from "@gvpie/capability";
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from "vitest";
import {
  agent,
  audience,
  chain,
  first,
  LIMITS,
  otherFirst,
  otherSecond,
  refusalOf,
  root,
  roots,
  script,
  second,
  stranger,
  third,
  withHeader,
  withKey,
  withLimits,
  withLimitsText,
  withPayload,
} from "./support/chain.ts";
import { claims, firstHeader, forge, idOf } from "./support/forge.ts";

let verify: Mock<SubtleCrypto["verify"]>;
beforeEach(() => {
  verify = vi.spyOn(globalThis.crypto.subtle, "verify");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const { publicKey: p256 } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { publicKey: x25519 } = generateKeyPairSync("x25519");
const { kty, crv, x } = agent;
const deep = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** Returns a block whose payload has an unused bit set in its last character. */
function withSpareBits(): string {
  const texts = ["", "a", "aa"].map((purpose) => withLimits({ purpose }));
  const text = texts.find((block) => block.split(".")[1]?.endsWith("Q")) ?? texts.join();
  const [header, payload = "", signature] = text.split(".");
  return `${header}.${payload.slice(0, -1)}R.${signature}`;
}

// No signature is checked for any of these.
describe("the form", () => {
  test.each<[string, string, { code: string; block?: number; limit?: string; message?: RegExp }]>([
    ["nothing", "", { code: "CAP_MALFORMED", block: 1 }],
    [
      "a text of 1 MiB",
      "a".repeat(2 ** 20),
      { code: "CAP_TOO_LONG", message: /at most 8192 bytes, got 1048576$/ },
    ],
    ["a valid block and 8 KiB more", `${first}${"A".repeat(8192)}`, { code: "CAP_TOO_LONG" }],
    [
      "9 blocks",
      Array(9).fill("a.b.c").join("~"),
      { code: "CAP_TOO_MANY_BLOCKS", message: /^expected at most 8 blocks, got 9$/ },
    ],
    ["8,192 separators", "~".repeat(8192), { code: "CAP_TOO_MANY_BLOCKS" }],
    ["half a block", chain.slice(0, first.length + second.length / 2), { code: "CAP_MALFORMED", block: 2 }],
    ["all but the last character", chain.slice(0, -1), { code: "CAP_MALFORMED", block: 3 }],
    ["a separator at the end", `${chain}~`, { code: "CAP_MALFORMED", block: 4 }],
    ["a line feed at the end", `${chain}\n`, { code: "CAP_MALFORMED", block: 3 }],
    ["a JWS of four parts", `${first}.`, { code: "CAP_MALFORMED", block: 1 }],
    ["characters that are not base64url", first.replace(/^e/, "é"), { code: "CAP_MALFORMED", block: 1 }],
    ["padding", first.replace(".", "=."), { code: "CAP_MALFORMED", block: 1 }],
    ["standard base64", `${first.slice(0, -5)}+A/+A`, { code: "CAP_MALFORMED", block: 1 }],
    [
      "a payload that is not UTF-8",
      withPayload(Buffer.from([0x22, 0xff, 0x22])),
      { code: "CAP_MALFORMED", block: 1 },
    ],
    [
      "a purpose that is not UTF-8",
      withPayload(Buffer.from(JSON.stringify(claims(agent, { ...LIMITS, purpose: "\u{e9}" })), "latin1")),
      { code: "CAP_MALFORMED", block: 1, message: /the payload in UTF-8/ },
    ],
    ["bits after the payload", withSpareBits(), { code: "CAP_MALFORMED", message: /canonical base64url/ }],
    [
      "__proto__ in the header",
      withHeader('{"alg":"EdDSA","typ":"gvpie-capability","__proto__":{}}'),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    [
      "__proto__ in the payload",
      withPayload('{"__proto__":{"jti":"AAAAAAAAAAAAAAAAAAAAAA"}}'),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    [
      "__proto__ in the key",
      withPayload(JSON.stringify(claims(agent, LIMITS)).replace('"kty"', '"__proto__":{},"kty"')),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    [
      "a key inherited from __proto__",
      withPayload(
        JSON.stringify(claims(agent, LIMITS))
          .replace('"jwk":{', '"jwk":{"__proto__":{')
          .replace("}},", "}}},"),
      ),
      { code: "CAP_BAD_KEY" },
    ],
    ["a payload that is not JSON", withPayload("{"), { code: "CAP_MALFORMED", block: 1 }],
    [
      "a byte order mark",
      withPayload(`\u{feff}${JSON.stringify(claims(agent, LIMITS))}`),
      { code: "CAP_MALFORMED" },
    ],
    ["a payload that is a list", withPayload([]), { code: "CAP_MALFORMED" }],
    ["a payload that is null", withPayload("null"), { code: "CAP_MALFORMED" }],
    ["a deep payload", withPayload(deep(2900)), { code: "CAP_MALFORMED" }],
    [
      "deep limits",
      withPayload(
        `{"jti":"${"A".repeat(22)}","limits":{"pixels":${deep(2400)}},"cnf":{"jwk":{"kty":"OKP","crv":"Ed25519","x":"${x}"}}}`,
      ),
      { code: "CAP_BAD_LIMIT" },
    ],
    [
      "no jti",
      withPayload(claims(agent, LIMITS, { jti: undefined })),
      { code: "CAP_MALFORMED", message: /"jti"/ },
    ],
    ["a short jti", withPayload(claims(agent, LIMITS, { jti: "AAAA" })), { code: "CAP_MALFORMED" }],
    [
      "no cnf",
      withPayload(claims(agent, LIMITS, { cnf: undefined })),
      { code: "CAP_MALFORMED", message: /"cnf"/ },
    ],
    ["no limits", withPayload(claims(agent, undefined)), { code: "CAP_MALFORMED", message: /"limits"/ }],
    ["limits as a list", withPayload(claims(agent, [])), { code: "CAP_MALFORMED" }],
    ["sealed: false", withPayload(claims(agent, LIMITS, { sealed: false })), { code: "CAP_MALFORMED" }],
    [
      "a claim exp",
      withPayload(claims(agent, LIMITS, { exp: 1 })),
      { code: "CAP_UNKNOWN_CLAIM", message: /"exp"/ },
    ],
    [
      "a kid in cnf",
      withPayload(claims(agent, LIMITS, { cnf: { kid: "a" } })),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    ["an empty header", withHeader({}), { code: "CAP_BAD_ALGORITHM", block: 1 }],
    [
      "alg none",
      `${forge({ header: { ...firstHeader(root), alg: "none" }, payload: claims(agent, LIMITS), by: root })
        .split(".", 2)
        .join(".")}.`,
      { code: "CAP_BAD_ALGORITHM", message: /"EdDSA", got "none" \(block 1\)$/ },
    ],
    ["alg ES256", withHeader({ ...firstHeader(root), alg: "ES256" }), { code: "CAP_BAD_ALGORITHM" }],
    ["alg HS256", withHeader({ ...firstHeader(root), alg: "HS256" }), { code: "CAP_BAD_ALGORITHM" }],
    [
      "another typ",
      withHeader({ ...firstHeader(root), typ: "JWT" }),
      { code: "CAP_MALFORMED", message: /"typ"/ },
    ],
    [
      "a critical extension",
      withHeader({ ...firstHeader(root), b64: false, crit: ["b64"] }),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    [
      "a key in the header",
      withHeader({ ...firstHeader(root), jwk: publicKeyOf(stranger) }),
      { code: "CAP_UNKNOWN_CLAIM" },
    ],
    [
      "a header in another order",
      withHeader({ kid: "A".repeat(43), alg: "EdDSA", typ: "gvpie-capability" }),
      { code: "CAP_NOT_CANONICAL" },
    ],
    [
      "a header with blanks",
      withHeader(JSON.stringify(firstHeader(root), undefined, 1)),
      { code: "CAP_NOT_CANONICAL" },
    ],
    [
      "a header twice",
      withHeader('{"alg":"none","alg":"EdDSA","typ":"gvpie-capability"}'),
      { code: "CAP_NOT_CANONICAL" },
    ],
    [
      "a payload with blanks",
      withPayload(JSON.stringify(claims(agent, LIMITS), undefined, 1)),
      { code: "CAP_NOT_CANONICAL", block: 1 },
    ],
    [
      "a limit twice",
      withLimitsText('"pixels":1,"pixels":2'),
      { code: "CAP_NOT_CANONICAL", message: /duplicate keys/ },
    ],
    [
      "a claim twice",
      withPayload(JSON.stringify(claims(agent, LIMITS)).replace("{", '{"jti":"BBBBBBBBBBBBBBBBBBBBBA",')),
      { code: "CAP_NOT_CANONICAL" },
    ],
    ["a number as 1.0", withLimitsText('"pixels":1.0'), { code: "CAP_NOT_CANONICAL" }],
    ["a number as 1e3", withLimitsText('"pixels":1e3'), { code: "CAP_NOT_CANONICAL" }],
    ["minus zero", withLimitsText('"pixels":-0'), { code: "CAP_NOT_CANONICAL" }],
    ["an escaped key", withLimitsText('"pi\\u0078els":1'), { code: "CAP_NOT_CANONICAL" }],
    [
      "another curve: P-256",
      withKey(p256.export({ format: "jwk" })),
      { code: "CAP_BAD_KEY", block: 1, message: /"kty"/ },
    ],
    [
      "another curve: X25519",
      withKey(x25519.export({ format: "jwk" })),
      { code: "CAP_BAD_KEY", message: /"crv"/ },
    ],
    ["another curve: Ed448", withKey({ kty, crv: "Ed448", x }), { code: "CAP_BAD_KEY" }],
    ["no key", withKey(undefined), { code: "CAP_BAD_KEY" }],
    ["a key of 31 bytes", withKey({ kty, crv, x: x.slice(0, 41) }), { code: "CAP_BAD_KEY" }],
    ["a key in another encoding", withKey({ kty, crv, x: `${"A".repeat(42)}B` }), { code: "CAP_BAD_KEY" }],
    [
      "a private key",
      withKey({ kty, crv, x, d: x }),
      { code: "CAP_UNKNOWN_CLAIM", message: /"d" is the private key/ },
    ],
    [
      "an unknown limit",
      withLimits({ colour: 1 }),
      { code: "CAP_UNKNOWN_LIMIT", block: 1, message: /got "colour" \(block 1\)$/ },
    ],
    ["the limit __proto__", withLimitsText('"__proto__":{"pixels":1}'), { code: "CAP_UNKNOWN_LIMIT" }],
    ["the limit constructor", withLimits({ constructor: 1 }), { code: "CAP_UNKNOWN_LIMIT" }],
    [
      "no audience",
      withPayload(claims(agent, { pixels: 1 })),
      { code: "CAP_NO_AUDIENCE", block: 1, limit: "audience" },
    ],
    [
      "a parent in the first block",
      withPayload(claims(agent, LIMITS, { parent: idOf(second) })),
      { code: "CAP_REORDERED", block: 1 },
    ],
    [
      "a first block without kid",
      forge({ payload: claims(agent, LIMITS), by: root }),
      { code: "CAP_MALFORMED", block: 1 },
    ],
    ["a short kid", withHeader({ ...firstHeader(root), kid: "A" }), { code: "CAP_MALFORMED", block: 1 }],
    ["two first blocks", `${first}~${otherFirst}`, { code: "CAP_REORDERED", block: 2 }],
    ["a block before the first one", [second, first].join("~"), { code: "CAP_REORDERED", block: 1 }],
    ["two blocks in the other order", [first, third, second].join("~"), { code: "CAP_REORDERED", block: 2 }],
    ["a block twice", [first, second, second].join("~"), { code: "CAP_REORDERED", block: 3 }],
    ["a chain without its middle", [first, third].join("~"), { code: "CAP_SPLICED", block: 2 }],
    ["a block of another chain", [first, otherSecond].join("~"), { code: "CAP_SPLICED", block: 2 }],
    [
      "a later block with kid",
      `${first}~${forge({ header: firstHeader(root), payload: claims(script, {}, { parent: idOf(first) }), by: agent })}`,
      { code: "CAP_MALFORMED", block: 2 },
    ],
  ])("%s", async (_, text, { message = /^expected /, ...expected }) => {
    const error = await refusalOf(text);
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(500);
    expect(verify).not.toHaveBeenCalled();
    await expect(inspectCapability(text)).rejects.toMatchObject({ code: expected.code });
    await expect(narrowCapability(text, { key: agent, to: script, limits: {} })).rejects.toMatchObject({
      code: expected.code,
    });
  });

  test("a block after a sealed one", async () => {
    const sealed = forge({ payload: claims(script, {}, { parent: idOf(first), sealed: true }), by: agent });
    await expect(verifyCapability(`${first}~${sealed}`, { roots, audience })).resolves.toBeDefined();
    verify.mockClear();
    const after = forge({ payload: claims(script, {}, { parent: idOf(sealed) }), by: script });
    expect(await refusalOf([first, sealed, after].join("~"))).toMatchObject({ code: "CAP_SEALED", block: 3 });
    expect(verify).not.toHaveBeenCalled();
  });

  test("a value that is not a text", async () => {
    await expect(verifyCapability(undefined as unknown as string, { roots })).rejects.toThrow(TypeError);
  });
});
