// Issues, narrows, seals and verifies capabilities with real keys.
import { createPublicKey, verify } from "node:crypto";
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
import { expect, test } from "vitest";
import { idOf } from "./support/forge.ts";

const rootKey = await createKey();
const agent = await createKey();
const script = await createKey();
const audience = await thumbprintOf(await createKey());
const roots = [publicKeyOf(rootKey)];
const issued = await issueCapability({
  rootKey,
  to: agent,
  limits: { audience: [audience], pixels: 8192, operations: ["render_program", "ping"], purpose: "agent" },
});

test("a capability has the limits that its issuer gave", async () => {
  const capability = await verifyCapability(issued, { roots, audience });
  expect(capability.root).toBe(await thumbprintOf(rootKey));
  expect(capability.key).toEqual(publicKeyOf(agent));
  expect(capability.limits).toEqual({
    audience: [audience],
    pixels: 8192,
    operations: ["render_program", "ping"],
    purpose: "agent",
  });
  expect(capability.limitedBy).toEqual({ audience: 1, pixels: 1, operations: 1, purpose: 1 });
});

test("a narrowed capability has the least of both, and names the block of each limit", async () => {
  const text = await narrowCapability(issued, {
    key: agent,
    to: script,
    limits: { pixels: 9000, operations: ["ping"], expires: 2 ** 40, purpose: "agent" },
  });
  const capability = await verifyCapability(text, { roots, audience });
  expect(capability.blocks).toHaveLength(2);
  expect(capability.key).toEqual(publicKeyOf(script));
  expect(capability.limits).toEqual({
    audience: [audience],
    pixels: 8192,
    operations: ["ping"],
    expires: 2 ** 40,
    purpose: "agent",
  });
  expect(capability.limitedBy).toEqual({ audience: 1, pixels: 1, operations: 2, expires: 2, purpose: 2 });
  expect(await inspectCapability(text)).toEqual(capability);
});

test("no block follows a sealed one", async () => {
  const sealed = await sealCapability(issued, { key: agent });
  const { blocks, key } = await verifyCapability(sealed, { roots, audience });
  expect(blocks.map((block) => block.sealed)).toEqual([false, true]);
  expect(key).toEqual(publicKeyOf(agent));
  await expect(narrowCapability(sealed, { key: agent, to: script, limits: {} })).rejects.toMatchObject({
    code: "CAP_SEALED",
    block: 2,
  });
  expect(await sealCapability(sealed, { key: agent })).toBe(sealed);
});

test("every block is a JWS that node:crypto verifies, and has an id of its own", async () => {
  const limits = { pixels: 64 };
  const narrow = (): Promise<string> => narrowCapability(issued, { key: agent, to: script, limits });
  const texts = [await narrow(), await narrow()];
  for (const [index, block] of [issued, ...texts.map((text) => text.split("~")[1] ?? "")].entries()) {
    const [header, payload, signature = ""] = block.split(".");
    const { kty, crv, x } = index === 0 ? rootKey : agent;
    const key = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify(null, signed, key, Buffer.from(signature, "base64url"))).toBe(true);
  }
  const capabilities = await Promise.all(texts.map(inspectCapability));
  const ids = capabilities.map(({ blocks }) => blocks.map(({ id }) => id));
  expect(ids).toEqual(texts.map((text) => text.split("~").map(idOf)));
  expect(ids[0]?.[0]).toBe(ids[1]?.[0]);
  expect(ids[0]?.[1]).not.toBe(ids[1]?.[1]);
});

test("a verified capability cannot be changed", async () => {
  const { blocks, limits, limitedBy, key } = await verifyCapability(issued, { roots, audience });
  for (const part of [
    blocks,
    ...blocks,
    blocks[0].limits,
    blocks[0].key,
    limits,
    limits.audience,
    limitedBy,
    key,
  ]) {
    expect(part).toSatisfy(Object.isFrozen);
  }
});
