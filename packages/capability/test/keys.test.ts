// Keys of the caller, and runtimes without Ed25519.
import {
  createKey,
  inspectCapability,
  issueCapability,
  narrowCapability,
  publicKeyOf,
  sealCapability,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from "vitest";
import { agent, audience, first, LIMITS, refusalOf, root, roots, script } from "./support/chain.ts";

let verify: Mock<SubtleCrypto["verify"]>;
beforeEach(() => {
  verify = vi.spyOn(globalThis.crypto.subtle, "verify");
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("keys of the caller", () => {
  test("narrowing and sealing need the key of the last block", async () => {
    const message: unknown = expect.stringContaining(`got that of ${await thumbprintOf(script)}`);
    const refused = { code: "CAP_WRONG_KEY", block: 1, message };
    await expect(narrowCapability(first, { key: script, to: script, limits: {} })).rejects.toMatchObject(
      refused,
    );
    await expect(sealCapability(first, { key: script })).rejects.toMatchObject(refused);
  });

  test("a private part that does not belong to the public one is refused, and not shown", async () => {
    const key = { ...agent, d: script.d };
    const error: unknown = await narrowCapability(first, { key, to: script, limits: {} }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "CAP_BAD_KEY" });
    expect(String(error)).not.toContain(script.d);
  });

  test("a private key as the next holder's does not travel", async () => {
    const text = await narrowCapability(first, { key: agent, to: script, limits: {} });
    expect(Buffer.from(text.split(".")[3] ?? "", "base64url").toString()).not.toContain(script.d);
    await expect(verifyCapability(text, { roots, audience })).resolves.toMatchObject({
      key: publicKeyOf(script),
    });
  });

  test("keys of the caller are not changed", async () => {
    const key = { ...agent };
    await narrowCapability(first, { key, to: script, limits: {} });
    expect(Object.isFrozen(key)).toBe(false);
    expect(key).toEqual(agent);
  });

  test("a chain of eight is not narrowed, and sealed as it is", async () => {
    let text = first;
    for (let block = 2; block <= 8; block++) {
      text = await narrowCapability(text, { key: agent, to: agent, limits: {} });
    }
    await expect(verifyCapability(text, { roots, audience })).resolves.toBeDefined();
    expect(verify).toHaveBeenCalledTimes(8);
    await expect(narrowCapability(text, { key: agent, to: agent, limits: {} })).rejects.toMatchObject({
      code: "CAP_TOO_MANY_BLOCKS",
    });
    expect(await sealCapability(text, { key: agent })).toBe(text);
  });

  test("a capability does not become longer than 8 KiB", async () => {
    const programs = Array.from({ length: 64 }, (_, index) => index.toString(16).padStart(64, "0"));
    const text = await narrowCapability(first, { key: agent, to: agent, limits: { programs } });
    await expect(
      narrowCapability(text, { key: agent, to: agent, limits: { programs } }),
    ).rejects.toMatchObject({ code: "CAP_TOO_LONG" });
  });

  test("issuing needs an audience", async () => {
    await expect(issueCapability({ rootKey: root, to: agent, limits: { pixels: 1 } })).rejects.toMatchObject({
      code: "CAP_NO_AUDIENCE",
      block: 1,
    });
  });
});

describe("a runtime without Ed25519", () => {
  test("has WebCrypto but not the algorithm", async () => {
    const missing = (): never => {
      throw new DOMException("Unrecognized algorithm name", "NotSupportedError");
    };
    vi.spyOn(globalThis.crypto.subtle, "importKey").mockImplementation(missing);
    vi.spyOn(globalThis.crypto.subtle, "generateKey").mockImplementation(missing);
    const expected = {
      code: "CAP_NO_ED25519",
      message: expect.stringContaining("use Node 22 or later") as string,
    };
    expect(await refusalOf(first)).toMatchObject(expected);
    await expect(createKey()).rejects.toMatchObject(expected);
  });

  test("is an insecure page", async () => {
    vi.stubGlobal("crypto", { getRandomValues: () => new Uint8Array(16) });
    const expected = {
      code: "CAP_NO_ED25519",
      message: expect.stringContaining("serve the page over https") as string,
    };
    await expect(createKey()).rejects.toMatchObject(expected);
    await expect(thumbprintOf(agent)).rejects.toMatchObject(expected);
    await expect(inspectCapability(first)).rejects.toMatchObject(expected);
    await expect(issueCapability({ rootKey: root, to: agent, limits: LIMITS })).rejects.toMatchObject(
      expected,
    );
    vi.unstubAllGlobals();
  });
});
