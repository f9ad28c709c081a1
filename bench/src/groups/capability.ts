import { createPrivateKey, createPublicKey, type KeyObject, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as biscuitWasm from "@biscuit-auth/biscuit-wasm";
import {
  createKey,
  issueCapability,
  narrowCapability,
  type PrivateKey,
  type PublicKey,
  publicKeyOf,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { createFileSocketClient, type FileSocketClient } from "@gvpie/file-socket";
import { type Effort, type Race, shuffled, summaryOfRuns } from "../harness.ts";
import { inFolder, places } from "../places.ts";
import { startScript } from "../processes.ts";
import type { RaceResult } from "../results.ts";

const WIDTH = 128;
const HEIGHT = 64;
const ROUNDS = 2000;
const PROGRAM = `TXT 10 10 ${"x".repeat(80)}`;
const BLOCKS = 3;

/** The verification of a capability that was not seen before, and round trips with a capability beside those without. */
export async function* capabilities(effort: Effort): AsyncGenerator<Race | RaceResult> {
  const keys = await createKeys();
  yield await coldVerification(keys);
  for (const place of places) {
    yield* inFolder(place, async function* (dir) {
      yield await roundTrip(place.name, dir, keys, effort);
    });
  }
}

interface Keys {
  readonly root: PrivateKey;
  readonly server: PrivateKey;
  readonly holder: PrivateKey;
  /** The text of a capability of {@link BLOCKS} blocks. */
  readonly text: string;
}

async function createKeys(): Promise<Keys> {
  const [root, server, holder] = await Promise.all([createKey(), createKey(), createKey()]);
  const limits = { audience: [await thumbprintOf(server)], pixels: 8192, expires: 4_000_000_000 };
  const to = publicKeyOf(holder);
  let text = await issueCapability({ rootKey: root, to, limits });
  for (let block = 2; block <= BLOCKS; block++) {
    text = await narrowCapability(text, { key: holder, to, limits: { fuel: 1e6, backends: ["cpu"] } });
  }
  return { root, server, holder, text };
}

async function coldVerification({ root, server, holder, text }: Keys): Promise<Race> {
  const options = { roots: [publicKeyOf(root)], audience: await thumbprintOf(server) };
  const checks = text.split("~").map((block, index) => {
    const [header, payload, signature = ""] = block.split(".");
    return {
      signed: Buffer.from(`${header}.${payload}`),
      key: publicKeyObject(index === 0 ? root : holder),
      signature: Buffer.from(signature, "base64url"),
    };
  });
  return {
    id: "capability/cold",
    title: `a capability of ${BLOCKS} blocks, verified for the first time`,
    contenders: [
      { name: "verifyCapability", role: "ours", run: () => verifyCapability(text, options) },
      await biscuit(),
      {
        name: `${BLOCKS} signature checks alone`,
        role: "floor",
        run: () => checks.every(({ signed, key, signature }) => verify(null, signed, key, signature)),
      },
    ],
  };
}

/** A Biscuit with checks for the same limits, parsed, verified and authorized. */
async function biscuit(): Promise<Race["contenders"][number]> {
  const { AuthorizerBuilder, Biscuit, KeyPair, SignatureAlgorithm } = await loadBiscuit();
  const key = new KeyPair(SignatureAlgorithm.Ed25519);
  const first = Biscuit.builder();
  first.addCode("check if pixels($x), $x <= 8192; check if time($x), $x < 4000000000");
  let token = first.build(key.getPrivateKey());
  for (let block = 2; block <= BLOCKS; block++) {
    const next = Biscuit.block_builder();
    next.addCode('check if fuel($x), $x <= 1000000; check if backend($x), ["cpu"].contains($x)');
    token = token.appendBlock(next);
  }
  const [text, root] = [token.toBase64(), key.getPublicKey()];
  const limits = { max_facts: 1_000, max_iterations: 100, max_time_micro: 60_000_000 };
  return {
    name: "biscuit-wasm, with its authorization",
    role: "peer",
    run() {
      const builder = new AuthorizerBuilder();
      builder.addCode('pixels(8192); time(1); fuel(1); backend("cpu"); allow if true');
      return builder.buildAuthenticated(Biscuit.fromBase64(text, root)).authorizeWithLimits(limits);
    },
  };
}

/** The module prints a line to standard output when it is imported. */
async function loadBiscuit(): Promise<typeof biscuitWasm> {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await import("@biscuit-auth/biscuit-wasm");
  } finally {
    console.log = log;
  }
}

async function roundTrip(place: string, dir: string, keys: Keys, { scale }: Effort): Promise<RaceResult> {
  const { root, server, holder, text } = keys;
  writeFileSync(join(dir, "keys.json"), JSON.stringify({ root: publicKeyOf(root), server }), { mode: 0o600 });
  await using process = startScript("capability-server.ts", [dir]);
  await process.waitForLine(/^ready$/);
  await using without = createFileSocketClient({ dir: join(dir, "off") });
  const key = createPrivateKey({ key: { ...holder }, format: "jwk" });
  await using signed = createFileSocketClient({ dir: join(dir, "require"), capability: { text, key } });
  const into = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  const clients: readonly (readonly [string, FileSocketClient])[] = [
    ["spool, with a capability", signed],
    ["spool, without", without],
  ];
  const samples = new Map(clients.map(([name]) => [name, new Array<number>()]));
  for (let round = -50; round < ROUNDS * scale; round++) {
    for (const [name, client] of shuffled(clients)) {
      const start = performance.now();
      await client.render(PROGRAM, { width: WIDTH, height: HEIGHT, into });
      if (round >= 0) samples.get(name)?.push((performance.now() - start) * 1000);
    }
  }
  return {
    kind: "race",
    id: `capability/${place}/32 KB`,
    title: `round trip with a capability, 32 KB reply, ${place}`,
    timings: [...samples].map(([name, taken]) => ({ name, role: "ours", ...summaryOfRuns(taken) })),
  };
}

function publicKeyObject({ kty, crv, x }: PublicKey): KeyObject {
  return createPublicKey({ key: { kty, crv, x }, format: "jwk" });
}
