// Signatures, and the number of checks.
import { issueCapability, verifyCapability } from "@gvpie/capability";
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from "vitest";
import {
  agent,
  audience,
  chain,
  damaged,
  first,
  LIMITS,
  refusalOf,
  root,
  roots,
  script,
  second,
  stranger,
  third,
  withKey,
} from "./support/chain.ts";
import { claims, firstHeader, forge, idOf } from "./support/forge.ts";

let verify: Mock<SubtleCrypto["verify"]>;
beforeEach(() => {
  verify = vi.spyOn(globalThis.crypto.subtle, "verify");
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("the chain is valid, with one signature check for each block", async () => {
  const { blocks, limits } = await verifyCapability(chain, { roots, audience });
  expect(blocks.map(({ id }) => id)).toEqual([first, second, third].map(idOf));
  expect(limits).toEqual({ audience: [audience], pixels: 64 });
  expect(verify).toHaveBeenCalledTimes(3);
});

describe("signatures", () => {
  test.each<[string, string, object, number]>([
    [
      "another root",
      forge({ header: firstHeader(stranger), payload: claims(agent, LIMITS), by: stranger }),
      { code: "CAP_UNKNOWN_ROOT", block: 1 },
      0,
    ],
    [
      "another key under the name of the root",
      forge({ header: firstHeader(root), payload: claims(agent, LIMITS), by: stranger }),
      { code: "CAP_BAD_SIGNATURE", block: 1 },
      1,
    ],
    [
      "a changed signature of block 1",
      [damaged(first), second, third].join("~"),
      { code: "CAP_BAD_SIGNATURE", block: 1 },
      1,
    ],
    [
      "a changed signature of block 2",
      [first, damaged(second), third].join("~"),
      { code: "CAP_BAD_SIGNATURE", block: 2 },
      2,
    ],
    [
      "a changed signature of block 3",
      [first, second, damaged(third)].join("~"),
      { code: "CAP_BAD_SIGNATURE", block: 3 },
      3,
    ],
    [
      "block 2 signed by the root key",
      `${first}~${forge({ payload: claims(script, {}, { parent: idOf(first) }), by: root })}`,
      { code: "CAP_BAD_SIGNATURE", block: 2 },
      2,
    ],
    [
      "block 2 signed by its own key",
      `${first}~${forge({ payload: claims(script, {}, { parent: idOf(first) }), by: script })}`,
      { code: "CAP_BAD_SIGNATURE", block: 2 },
      2,
    ],
  ])("%s", async (_, text, expected, checks) => {
    expect(await refusalOf(text)).toMatchObject(expected);
    expect(verify).toHaveBeenCalledTimes(checks);
  });

  test("a signature whose S is increased by the order of the group", async () => {
    const [header, payload, signature = ""] = first.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    let s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString("hex")}`) + order;
    for (let index = 32; index < 64; index++, s >>= 8n) bytes[index] = Number(s & 255n);
    expect(s).toBe(0n);
    const text = `${header}.${payload}.${bytes.toString("base64url")}`;
    expect(await refusalOf(text)).toMatchObject({ code: "CAP_BAD_SIGNATURE", block: 1 });
  });

  test.each([
    ["order 1", `01${"00".repeat(31)}`],
    ["order 1, sign bit set", `01${"00".repeat(30)}80`],
    ["order 2", `ec${"ff".repeat(30)}7f`],
    ["order 2, sign bit set", `ec${"ff".repeat(31)}`],
    ["order 4", "00".repeat(32)],
    ["order 4, sign bit set", `${"00".repeat(31)}80`],
    ["order 8", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["order 8, negative", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["order 8, sign bit set", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"],
    ["the modulus for 0", `ed${"ff".repeat(30)}7f`],
    ["the modulus and 1 for 1", `ee${"ff".repeat(30)}7f`],
    ["the greatest encoding", "ff".repeat(32)],
  ])("a key of small order, or in a second encoding: %s", async (_, bytes) => {
    const weak = { kty: "OKP", crv: "Ed25519", x: Buffer.from(bytes, "hex").toString("base64url") } as const;
    expect(await refusalOf(withKey(weak))).toMatchObject({ code: "CAP_BAD_KEY", block: 1 });
    await expect(verifyCapability(first, { roots: [weak] })).rejects.toMatchObject({ code: "CAP_BAD_KEY" });
    await expect(issueCapability({ rootKey: root, to: weak, limits: LIMITS })).rejects.toMatchObject({
      code: "CAP_BAD_KEY",
    });
  });

  test("no root key", async () => {
    expect(await refusalOf(first, { roots: [] })).toMatchObject({ code: "CAP_UNKNOWN_ROOT" });
  });
});
