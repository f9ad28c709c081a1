/**
 * Verification of capabilities of 1, 3 and 8 blocks that were not seen before, beside the minimum: the signature checks alone, with
 * node:crypto and imported keys. Interleaved rounds; medians with the fastest and slowest round.
 *
 *   node --conditions=@gvpie/source packages/capability/bench/verify.bench.ts
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  createKey,
  issueCapability,
  narrowCapability,
  type PublicKey,
  publicKeyOf,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { median } from "@gvpie/testing";

const ROUNDS = 15;
const REPEATS = 40;

const rootKey = await createKey();
const holder = await createKey();
const audience = await thumbprintOf(rootKey);
const roots = [publicKeyOf(rootKey)];

async function chainOf(count: number): Promise<string> {
  const limits = { audience: [audience], pixels: 8192, expires: 4_000_000_000, purpose: "build agent" };
  let text = await issueCapability({ rootKey, to: holder, limits });
  for (let block = 2; block <= count; block++) {
    text = await narrowCapability(text, { key: holder, to: holder, limits: { pixels: 4096 } });
  }
  return text;
}

function keyObject({ kty, crv, x }: PublicKey): KeyObject {
  return createPublicKey({ key: { kty, crv, x }, format: "jwk" });
}

for (const count of [1, 3, 8]) {
  const text = await chainOf(count);
  const checks = text.split("~").map((block, index) => {
    const [header, payload, signature = ""] = block.split(".");
    const key = keyObject(index === 0 ? rootKey : holder);
    return {
      signed: Buffer.from(`${header}.${payload}`),
      key,
      signature: Buffer.from(signature, "base64url"),
    };
  });
  const tasks: Record<string, () => unknown> = {
    "floor: signature checks": () =>
      checks.every(({ signed, key, signature }) => verify(null, signed, key, signature)),
    verifyCapability: () => verifyCapability(text, { roots, audience }),
  };
  const times = new Map(Object.keys(tasks).map((task) => [task, [] as number[]]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [task, run] of Object.entries(tasks)) {
      const start = performance.now();
      for (let i = 0; i < REPEATS; i++) await run();
      if (round >= 0) times.get(task)?.push(((performance.now() - start) * 1000) / REPEATS);
    }
  }
  console.log(`${count} block(s), ${text.length} bytes`);
  for (const [task, rounds] of times) {
    const [middle, low, high] = [median(rounds), Math.min(...rounds), Math.max(...rounds)].map((us) =>
      us.toFixed(0),
    );
    console.log(`  ${task.padEnd(24)} ${middle} µs (${low} … ${high})`);
  }
}
