/** An Ed25519 public key as a JSON Web Key (RFC 7517, RFC 8037). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** The 32 bytes of the key in base64url. */
  readonly x: string;
}

/** An Ed25519 private key as a JSON Web Key. */
export interface PrivateKey extends PublicKey {
  /** The 32 bytes of the seed in base64url. Secret. */
  readonly d: string;
}

/** An operation of the renderer. */
export type Operation = "render_program" | "ping";

/** A backend that may render. */
export type BackendName = "cpu" | "webgpu";

/**
 * The limits of one block, or of a whole capability. The list is closed. A limit that is absent restricts nothing. Numbers are safe
 * integers from 0, except where another range is given; a set is a list without duplicates, and an empty one allows nothing.
 */
export interface CapabilityLimits {
  /** Set of operations. */
  readonly operations?: readonly Operation[];
  /** Pixels of one canvas, or of all frames of one reply. */
  readonly pixels?: number;
  /** Instructions of a program. */
  readonly instructions?: number;
  /** Pixels that a program may paint in one frame, overdraw included. */
  readonly paintedPixels?: number;
  /** Steps that a program with jumps or loops may execute in one frame. A program without executes each of its `instructions` once. */
  readonly fuel?: number;
  /** Length of a program in UTF-8 bytes. */
  readonly codeBytes?: number;
  /** Frames of an animation that are rendered. */
  readonly frames?: number;
  /** Set of backends. */
  readonly backends?: readonly BackendName[];
  /** Set of programs: SHA-256 of the source in UTF-8, 64 hexadecimal digits in lower case. */
  readonly programs?: readonly string[];
  /** Set of names of the parameters that a request may give. */
  readonly params?: readonly string[];
  /** Requests that wait or run at the same time. */
  readonly inFlight?: number;
  /** Bytes of the request files that wait or run. */
  readonly queuedBytes?: number;
  /** Bytes of the reply files that no client has read yet. */
  readonly unreadBytes?: number;
  /** From 0.001 to 1,000,000. Up to one second's worth, at least 1, may come at once. */
  readonly requestsPerSecond?: number;
  /** The first second of validity, since 1970. The later one counts. */
  readonly notBefore?: number;
  /** The end of validity in seconds since 1970: the capability is valid before it. */
  readonly expires?: number;
  /** Set of servers: the RFC 7638 SHA-256 thumbprints of their public keys in base64url. The first block must have it. */
  readonly audience?: readonly string[];
  /** For the audit; at most 256 characters. It restricts nothing. */
  readonly purpose?: string;
}

/** Name of a limit. */
export type LimitName = keyof CapabilityLimits;

/** One verified block of a capability. */
export interface CapabilityBlock {
  /** SHA-256 of the signed text of the block in base64url: names it in revocations and audits. */
  readonly id: string;
  /** The key that signs the next block, and the requests if this is the last one. */
  readonly key: PublicKey;
  readonly limits: CapabilityLimits;
  /** True if no block may follow. */
  readonly sealed: boolean;
}

/** A verified capability. */
export interface Capability {
  /** The text that was verified. */
  readonly text: string;
  /** Thumbprint of the root key that signed the first block. */
  readonly root: string;
  /** 1 to 8 blocks, the first one signed by the root key. */
  readonly blocks: readonly [CapabilityBlock, ...CapabilityBlock[]];
  /** The limits of all blocks together. `purpose` is that of the last block which has one. */
  readonly limits: CapabilityLimits;
  /** For each present limit, the number from 1 of the block that made it what it is. */
  readonly limitedBy: Readonly<Partial<Record<LimitName, number>>>;
  /** The last block's key: the holder of its private part may use the capability. */
  readonly key: PublicKey;
}

/** One use of a capability: the facts of a request that its limits are compared with. */
export interface CapabilityUse {
  readonly operation: Operation;
  /** Source of the program. Absent for `ping`. */
  readonly code?: string;
  /** Names of the parameters that the request gives. */
  readonly params?: readonly string[];
  /** Pixels of the requested canvas, as far as the request states them. */
  readonly pixels?: number;
}

/** Resources that a request occupies while it waits and runs. */
export interface CapabilityLoad {
  /** Bytes of the request. */
  readonly bytes: number;
}

/**
 * The right of one capability to use a server, with the counts of its blocks. A server gets it from {@link CapabilityAuthority.open}.
 * All grants of one authority share the counts of the blocks that they have in common.
 */
export interface CapabilityGrant {
  readonly capability: Capability;
  /**
   * Checks what can change after verification: time and revocation.
   *
   * @throws {CapabilityError} `CAP_EXPIRED`, `CAP_NOT_YET_VALID`, `CAP_REVOKED`.
   */
  checkNow(): void;
  /**
   * Compares a request with the limits that it can be compared with before it is rendered.
   *
   * @throws {CapabilityError} `CAP_LIMIT_…`
   */
  checkUse(use: CapabilityUse): void;
  /**
   * Counts one request against `requestsPerSecond`, `inFlight` and `queuedBytes` of every block. Returns the function that ends the
   * count of the last two; it may be called more than once.
   *
   * @throws {CapabilityError} `CAP_LIMIT_…`, with `retryAfterMs` if waiting helps, or `CAP_TOO_MANY_IN_USE`; then nothing is counted.
   */
  admit(load: CapabilityLoad): () => void;
  /**
   * Counts an unread reply of `bytes` against `unreadBytes` of every block. Returns the function that ends the count; it may be called
   * more than once.
   *
   * @throws {CapabilityError} `CAP_LIMIT_UNREAD_BYTES`, with `retryAfterMs` if waiting helps, or `CAP_TOO_MANY_IN_USE`; then nothing is
   * counted.
   */
  admitUnread(bytes: number): () => void;
}

/** Verifies capabilities for one server, remembers the verified ones, and counts their use. */
export interface CapabilityAuthority {
  /** Returns the grant of a capability that was verified before, without any signature check. */
  known(text: string): CapabilityGrant | undefined;
  /**
   * Verifies a capability; at most one signature check for each block.
   *
   * @throws {CapabilityError}
   */
  open(text: string): Promise<CapabilityGrant>;
}

/** Options of {@link issueCapability}. */
export interface IssueOptions {
  readonly rootKey: PrivateKey;
  /** Public key of the holder. */
  readonly to: PublicKey;
  /** With `audience`. */
  readonly limits: CapabilityLimits;
  /** Forbids the holder to narrow it. Default: false. */
  readonly sealed?: boolean;
}

/** Options of {@link narrowCapability}. */
export interface NarrowOptions {
  /** Private key of the last block's holder. */
  readonly key: PrivateKey;
  /** Public key of the next holder. */
  readonly to: PublicKey;
  readonly limits: CapabilityLimits;
  /** Forbids the next holder to narrow it. Default: false. */
  readonly sealed?: boolean;
}

/** Options of {@link sealCapability}. */
export interface SealOptions {
  /** Private key of the last block's holder. */
  readonly key: PrivateKey;
}

/** Options of {@link verifyCapability}. */
export interface VerifyOptions {
  /** Public keys of the trusted issuers. */
  readonly roots: readonly PublicKey[];
  /** Thumbprint of the server. Absent: the audience is not checked. */
  readonly audience?: string | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** True for the id of a revoked block. */
  readonly isRevoked?: ((blockId: string) => boolean) | undefined;
}
