import { createPrivateKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type CapabilityLimits,
  createKey,
  issueCapability,
  narrowCapability,
  type PrivateKey,
  publicKeyOf,
  thumbprintOf,
} from "@gvpie/capability";
import type { CaseContext } from "./fault-case.ts";

/** A capability and the private key of its last block. */
export interface Holder {
  readonly text: string;
  readonly jwk: PrivateKey;
  readonly key: KeyObject;
}

/** The fields of an audit line that cases look at. */
export interface AuditLine {
  readonly type: string;
  readonly code?: string;
  readonly id?: string;
  readonly client?: string;
}

/** The keys of one server and of the issuer that it trusts, in files of a directory of their own. */
export class Issuer {
  /** Thumbprint of the server's key. */
  readonly audience: string;
  readonly #root: PrivateKey;
  readonly #directory: string;

  private constructor(directory: string, root: PrivateKey, audience: string) {
    this.#directory = directory;
    this.#root = root;
    this.audience = audience;
  }

  static async create(context: Pick<CaseContext, "newSocketPath">): Promise<Issuer> {
    const directory = dirname(context.newSocketPath());
    const [root, server] = await Promise.all([createKey(), createKey()]);
    writeFileSync(join(directory, "root.pub"), JSON.stringify(publicKeyOf(root)), { mode: 0o644 });
    writeFileSync(join(directory, "server"), JSON.stringify(server), { mode: 0o600 });
    return new Issuer(directory, root, await thumbprintOf(server));
  }

  /** Path of the list of revoked blocks, which exists after the first {@link revoke}. */
  get #revoked(): string {
    return join(this.#directory, "revoked");
  }

  /** Flags with which gvpie-daemon trusts this issuer. */
  flags(mode: "accept" | "require"): string[] {
    const path = (name: string): string => join(this.#directory, name);
    const options = {
      capabilities: mode,
      "root-key": path("root.pub"),
      "server-key": path("server"),
      revoked: this.#revoked,
    };
    return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  }

  /** Issues a capability for this server; `rootKey` of another issuer makes one that it does not trust. */
  async issue(limits: CapabilityLimits = {}, rootKey: PrivateKey = this.#root): Promise<Holder> {
    const jwk = await createKey();
    const to = publicKeyOf(jwk);
    const text = await issueCapability({ rootKey, to, limits: { audience: [this.audience], ...limits } });
    return { text, jwk, key: keyObjectOf(jwk) };
  }

  /** Writes the list of revoked blocks. */
  revoke(ids: readonly string[]): void {
    writeFileSync(this.#revoked, ids.map((id) => `${id}\n`).join(""), { mode: 0o644 });
  }

  /** Reads the audit of the server, the oldest line first. */
  audit(): AuditLine[] {
    const path = join(this.#directory, "server.audit");
    const files = [4, 3, 2, 1].map((number) => `${path}.${number}`).concat(path);
    return files
      .filter((file) => existsSync(file))
      .flatMap((file) => readFileSync(file, "utf8").split("\n"))
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as AuditLine);
  }
}

/** Narrows a capability for a new key. */
export async function narrow(holder: Holder, limits: CapabilityLimits = {}): Promise<Holder> {
  const jwk = await createKey();
  const to = publicKeyOf(jwk);
  const text = await narrowCapability(holder.text, { key: holder.jwk, to, limits });
  return { text, jwk, key: keyObjectOf(jwk) };
}

export function keyObjectOf({ kty, crv, x, d }: PrivateKey): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
}
