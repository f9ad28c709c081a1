import { KeyObject } from "node:crypto";
import { FileSocketError } from "../errors.ts";
import { checkOptions, checkType, describeValue } from "../options.ts";
import type { ExpectedReply } from "../protocol/reply-trust.ts";
import { requestHead } from "../protocol/request-head.ts";
import { publicPartOf, sha256Of, thumbprintOf } from "../protocol/signed-head.ts";
import type { RequestName } from "../protocol/names.ts";
import type { ClientCapability } from "../types.ts";

// This package does not verify capabilities: the server does. A client only reads who the server is and whose signature it expects.

const MAX_BYTES = 8_192;
/** Longest part of a text that a message shows; a thumbprint and a key have 43 characters. */
const SHOWN = 43;
const BLOCK = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/;

/** A capability whose key is that of its last block, and the server that it is for. */
export interface OpenCapability {
  readonly text: string;
  readonly key: KeyObject;
  /** Thumbprint of the server's key. */
  readonly server: string;
}

/**
 * Checks a capability of the options.
 *
 * @throws {FileSocketError} `FSOCK_BAD_CAPABILITY`
 * @throws {TypeError} for a value of another type, or an unknown option.
 */
export function openCapability(capability: ClientCapability): OpenCapability {
  checkOptions("capability", capability, ["text", "key", "server"]);
  const { text, key, server } = capability;
  checkType("capability.text", text ?? null, "string");
  checkType("capability.server", server, "string");
  if (!(key instanceof KeyObject) || key.type !== "private" || key.asymmetricKeyType !== "ed25519") {
    const found =
      key instanceof KeyObject ? `a ${key.type} ${key.asymmetricKeyType} key` : describeValue(key);
    throw new TypeError(`expected capability.key as an Ed25519 private key, got ${found}`);
  }
  if (text.length > MAX_BYTES) throw bad(`at most ${MAX_BYTES} bytes`, `${text.length}`);
  const blocks = text.split("~").map((block, index) => readBlock(block, index + 1));
  checkKey(publicPartOf(key), blocks.at(-1)?.x, blocks.length);
  return { text, key, server: chooseServer(audienceOf(blocks), server) };
}

interface Block {
  /** The key that signs the next block or the request. */
  readonly x: unknown;
  readonly audience: readonly unknown[] | undefined;
}

function readBlock(block: string, number: number): Block {
  const [, payload] = BLOCK.exec(block) ?? [];
  if (payload === undefined) throw bad(`block ${number} to be a compact JWS`, shown(block));
  try {
    const { cnf, limits } = JSON.parse(Buffer.from(payload, "base64url").toString()) as {
      readonly cnf?: { readonly jwk?: { readonly x?: unknown } };
      readonly limits?: { readonly audience?: unknown };
    };
    const audience = limits?.audience;
    return { x: cnf?.jwk?.x, audience: Array.isArray(audience) ? audience : undefined };
  } catch (cause) {
    throw bad(`block ${number} to have a JSON object as its payload`, shown(payload), cause);
  }
}

function checkKey(found: string, expected: unknown, number: number): void {
  if (found === expected) return;
  const named = typeof expected === "string" ? thumbprintOf(expected) : "a public key";
  throw bad(`the private key of ${named}, as block ${number} says`, `that of ${thumbprintOf(found)}`);
}

/** Returns the servers that every block allows. */
function audienceOf(blocks: readonly Block[]): readonly string[] {
  const [first = [], ...rest] = blocks.flatMap(({ audience }) => (audience === undefined ? [] : [audience]));
  const servers = first.filter((server) => typeof server === "string");
  return servers.filter((server) => rest.every((audience) => audience.includes(server)));
}

function chooseServer(audience: readonly string[], asked: string | undefined): string {
  const [only] = audience;
  const names = audience.map(shown).join(", ");
  if (only === undefined) throw bad("an audience of at least one server that all blocks have", "none");
  if (asked === undefined) {
    if (audience.length === 1) return only;
    throw bad(`the option capability.server to be one of ${names}`, "nothing");
  }
  if (audience.includes(asked)) return asked;
  throw bad(`the option capability.server to be one of ${names}`, shown(asked));
}

/** Returns the head of a request with a proof of possession, and the facts that its reply must have. */
export function signRequest(
  { text, server, key }: OpenCapability,
  { id, client, ttlMs }: RequestName & { readonly ttlMs: number },
  body: Uint8Array,
): { readonly head: Buffer; readonly expected: ExpectedReply } {
  const claims = { capability: text, audience: server, id, client, ttlMs, expiresAt: Date.now() + ttlMs };
  const head = requestHead(claims, body, key);
  return { head, expected: { id, server, requestSha256: sha256Of(head) } };
}

function shown(text: string): string {
  // A private key that was given by mistake must not get into a log.
  if (/^\s*\{/.test(text)) return "JSON";
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

function bad(expected: string, found: string, cause?: unknown): FileSocketError {
  return new FileSocketError("FSOCK_BAD_CAPABILITY", `the capability: expected ${expected}, got ${found}`, {
    cause,
  });
}
