import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Returns 32 random bytes in base64url. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Compares two secrets in a time that does not depend on their content. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b));
}

function digestOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Secrets that expire. A lookup compares digests, so its time says nothing about a secret. */
export class SecretMap<T> {
  readonly #now: () => number;
  readonly #ttlMs: number;
  readonly #most: number;
  readonly #entries = new Map<string, { readonly value: T; readonly expiresAt: number }>();

  /** @param most the number of entries; the one that was used longest ago makes room. */
  constructor(now: () => number, ttlMs: number, most: number) {
    this.#now = now;
    this.#ttlMs = ttlMs;
    this.#most = most;
  }

  /** Adds a value. Returns its new secret. */
  add(value: T): string {
    const secret = newSecret();
    this.#entries.set(keyOf(secret), { value, expiresAt: this.#now() + this.#ttlMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#most && oldest !== undefined) this.#entries.delete(oldest);
    return secret;
  }

  get(secret: string): T | undefined {
    const key = keyOf(secret);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (this.#now() >= entry.expiresAt) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Returns the value of a secret, and forgets it. */
  take(secret: string): T | undefined {
    const value = this.get(secret);
    this.#entries.delete(keyOf(secret));
    return value;
  }
}

function keyOf(secret: string): string {
  return digestOf(secret).toString("base64url");
}
