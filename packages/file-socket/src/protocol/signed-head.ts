import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";

// A signed head, of a request or a reply: four letters, u32 LE length of the header, the header. The header is a JSON object whose last
// key is `signature`, followed by nothing but spaces. The signature covers the letters and the text before `,"signature":"`; the length
// and the spaces say nothing.

/** Length of the letters and of the length. */
export const PREFIX_BYTES = 8;
const MAGIC_BYTES = 4;
const BEFORE_SIGNATURE = Buffer.from(',"signature":"', "latin1");
const AFTER_SIGNATURE = Buffer.from('"}', "latin1");
/** An Ed25519 signature, 64 bytes, in base64url. */
const SIGNATURE_CHARACTERS = 86;
const TAIL_BYTES = BEFORE_SIGNATURE.length + SIGNATURE_CHARACTERS + AFTER_SIGNATURE.length;
const SPACE = 0x20;

/** Returns the SHA-256 of the bytes, 64 hexadecimal digits in lower case. */
export function sha256Of(bytes: Uint8Array): string {
  return hash("sha256", bytes, "hex");
}

/** Returns the RFC 7638 SHA-256 thumbprint of an Ed25519 public key, base64url. `x` is the key in base64url. */
export function thumbprintOf(x: string): string {
  return hash("sha256", `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, "base64url");
}

/** Returns the 32 bytes of an Ed25519 key's public part in base64url. */
export function publicPartOf(key: KeyObject): string {
  const { x } = (key.type === "public" ? key : createPublicKey(key)).export({ format: "jwk" });
  return x as string;
}

/**
 * Returns a head whose header is `fields`, at least one, and their signature, padded with spaces to a multiple of `alignment` bytes.
 */
export function signedHead(magic: Uint8Array, fields: object, key: KeyObject, alignment: number): Buffer {
  const text = JSON.stringify(fields).slice(0, -1);
  const textEnd = PREFIX_BYTES + Buffer.byteLength(text);
  const length = Math.ceil((textEnd + TAIL_BYTES) / alignment) * alignment;
  const bytes = Buffer.allocUnsafe(length);
  // The letters stand first where the length will be: then they are in one piece with the text, as they are signed.
  bytes.set(magic, MAGIC_BYTES);
  bytes.write(text, PREFIX_BYTES);
  const signature = sign(null, bytes.subarray(MAGIC_BYTES, textEnd), key);
  bytes.set(magic);
  bytes.writeUInt32LE(length - PREFIX_BYTES, MAGIC_BYTES);
  bytes.set(BEFORE_SIGNATURE, textEnd);
  bytes.write(signature.toString("base64url"), textEnd + BEFORE_SIGNATURE.length, "latin1");
  bytes.set(AFTER_SIGNATURE, textEnd + TAIL_BYTES - AFTER_SIGNATURE.length);
  return bytes.fill(SPACE, textEnd + TAIL_BYTES);
}

/** Returns a head: the letters, the length and the header, padded with spaces to a multiple of `alignment` bytes. */
export function encodeHead(magic: Uint8Array, header: string, alignment: number): Buffer {
  const headerBytes = Buffer.byteLength(header);
  const length = Math.ceil((PREFIX_BYTES + headerBytes) / alignment) * alignment;
  const bytes = Buffer.allocUnsafe(length);
  bytes.set(magic);
  bytes.writeUInt32LE(length - PREFIX_BYTES, MAGIC_BYTES);
  bytes.write(header, PREFIX_BYTES);
  bytes.fill(SPACE, PREFIX_BYTES + headerBytes);
  return bytes;
}

/** True if the header of a head ends with a signature, whether genuine or not. */
export function isSignedHead(head: Uint8Array): boolean {
  return findSignature(head) !== undefined;
}

/** True if the head ends with the signature of the key whose 32 bytes in base64url are `x`. */
export function isHeadSignedBy(head: Uint8Array, x: string): boolean {
  const found = findSignature(head);
  const key = publicKeyFrom(x);
  if (found === undefined || key === undefined) return false;
  const signed = Buffer.concat([head.subarray(0, MAGIC_BYTES), head.subarray(PREFIX_BYTES, found.start)]);
  return verify(null, signed, key, found.signature);
}

/** The keys that were used last: making a key takes a fifth of the time of a check. */
const keys = new Map<string, KeyObject>();
const MAX_KEYS = 64;

function publicKeyFrom(x: string): KeyObject | undefined {
  let key = keys.get(x);
  if (key !== undefined) return key;
  try {
    key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return undefined;
  }
  if (keys.size === MAX_KEYS) keys.clear();
  keys.set(x, key);
  return key;
}

/** Returns the signature, and the offset of the text around it. */
function findSignature(head: Uint8Array): { start: number; signature: Buffer } | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === SPACE) end--;
  const start = end - TAIL_BYTES;
  const signatureStart = start + BEFORE_SIGNATURE.length;
  if (start < PREFIX_BYTES) return undefined;
  if (!bytes.subarray(start, signatureStart).equals(BEFORE_SIGNATURE)) return undefined;
  if (!bytes.subarray(signatureStart + SIGNATURE_CHARACTERS, end).equals(AFTER_SIGNATURE)) return undefined;
  const text = bytes.toString("latin1", signatureStart, signatureStart + SIGNATURE_CHARACTERS);
  const signature = Buffer.from(text, "base64url");
  // Other characters, and other texts for the same bytes, are refused: one signature has one text.
  return signature.toString("base64url") === text ? { start, signature } : undefined;
}
