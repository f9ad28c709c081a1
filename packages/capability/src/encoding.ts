/// <reference lib="dom" />
import { base64url } from "jose";
import { CapabilityError } from "./errors.ts";

/** 16 bytes in base64url. The unused bits of the last character are zero, so that no value has two encodings. */
export const BASE64URL_16: RegExp = /^[\w-]{21}[AQgw]$/;
/** 32 bytes in base64url. */
export const BASE64URL_32: RegExp = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
/** 64 bytes in base64url. */
export const BASE64URL_64: RegExp = /^[\w-]{85}[AQgw]$/;

/** Decodes base64url. Returns `undefined` unless encoding the bytes again returns the same text. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = base64url.decode(text);
  return base64url.encode(bytes) === text ? bytes : undefined;
}

export function encodeBase64url(bytes: Uint8Array): string {
  return base64url.encode(bytes);
}

/** Decodes UTF-8. Returns `undefined` if it is not valid. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Returns 16 random bytes in base64url. */
export function randomId(): string {
  webCrypto();
  return encodeBase64url(globalThis.crypto.getRandomValues(new Uint8Array(16)));
}

/** Returns the SHA-256 of a text in UTF-8, in base64url. */
export async function sha256(text: string): Promise<string> {
  const digest = await webCrypto().digest("SHA-256", encodeUtf8(text));
  return encodeBase64url(new Uint8Array(digest));
}

/** Returns WebCrypto, or refuses a page that has none. */
export function webCrypto(): SubtleCrypto {
  // Undefined on a page that is neither https nor local.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle !== undefined) return subtle;
  throw new CapabilityError("CAP_NO_ED25519", "expected crypto.subtle, got an insecure context", {
    advice: "serve the page over https or from localhost",
  });
}
