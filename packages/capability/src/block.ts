import { BASE64URL_16, BASE64URL_32, BASE64URL_64, decodeBase64url, decodeUtf8 } from "./encoding.ts";
import { checkLimits } from "./check-limits.ts";
import { CapabilityError, type CapabilityErrorCode } from "./errors.ts";
import { checkPublicKey } from "./keys.ts";
import { shown } from "./shown.ts";
import type { CapabilityLimits, PublicKey } from "./types.ts";

/** The `typ` of every block. */
export const TYP = "gvpie-capability";

/** A block whose form has been checked. */
export interface BlockForm {
  /** The compact JWS. */
  readonly jws: string;
  /** Header and payload: the text that is signed. */
  readonly signed: string;
  /** Thumbprint of the root key; of the first block only. */
  readonly kid: string | undefined;
  /** Id of the block before; not of the first block. */
  readonly parent: string | undefined;
  readonly key: PublicKey;
  readonly limits: CapabilityLimits;
  readonly sealed: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the parts of one block. Every refusal names its number. */
class BlockReader {
  readonly #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  refusal(code: CapabilityErrorCode, expectation: string): CapabilityError {
    return new CapabilityError(code, expectation, { block: this.#number });
  }

  /** Decodes one part of the JWS to its JSON text and value. */
  json(part: string, name: string): { readonly text: string; readonly fields: Fields } {
    const bytes = decodeBase64url(part);
    const text = bytes && decodeUtf8(bytes);
    if (bytes === undefined) {
      throw this.refusal("CAP_MALFORMED", `expected the ${name} in canonical base64url, got ${shown(part)}`);
    }
    if (text === undefined) {
      throw this.refusal("CAP_MALFORMED", `expected the ${name} in UTF-8, got other bytes`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.refusal("CAP_MALFORMED", `expected the ${name} to be JSON, got ${shown(text)}`);
    }
    return { text, fields: this.object(value, `the ${name}`) };
  }

  object(value: unknown, name: string): Fields {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
    throw this.refusal("CAP_MALFORMED", `expected ${name} to be an object, got ${shown(value)}`);
  }

  /** Refuses keys other than the known ones. */
  only(fields: Fields, known: readonly string[], name: string): void {
    const other = Object.keys(fields).find((key) => !known.includes(key));
    if (other === undefined) return;
    throw this.refusal(
      "CAP_UNKNOWN_CLAIM",
      `expected only ${known.join(", ")} in ${name}, got ${shown(other)}`,
    );
  }

  /** Returns a text that matches a pattern. */
  text(fields: Fields, key: string, pattern: RegExp, form: string): string {
    const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof value === "string" && pattern.test(value)) return value;
    throw this.refusal("CAP_MALFORMED", `expected "${key}" to be ${form}, got ${shown(value)}`);
  }

  header(part: string): string | undefined {
    const { text, fields } = this.json(part, "header");
    const { alg, typ } = fields;
    if (alg !== "EdDSA") {
      throw this.refusal("CAP_BAD_ALGORITHM", `expected the algorithm "EdDSA", got ${shown(alg)}`);
    }
    if (typ !== TYP) {
      throw this.refusal("CAP_MALFORMED", `expected "typ" to be "${TYP}", got ${shown(typ)}`);
    }
    this.only(fields, ["alg", "kid", "typ"], "the header");
    const kid = Object.hasOwn(fields, "kid")
      ? this.text(fields, "kid", BASE64URL_32, "a SHA-256 thumbprint in base64url")
      : undefined;
    if (text !== headerText(kid)) {
      throw this.refusal("CAP_NOT_CANONICAL", `expected the header ${headerText(kid)}, got ${shown(text)}`);
    }
    return kid;
  }

  payload(part: string): Pick<BlockForm, "parent" | "key" | "limits" | "sealed"> {
    const { text, fields } = this.json(part, "payload");
    this.only(fields, ["jti", "parent", "cnf", "limits", "sealed"], "the payload");
    this.text(fields, "jti", BASE64URL_16, "16 bytes in base64url");
    const parent = Object.hasOwn(fields, "parent")
      ? this.text(fields, "parent", BASE64URL_32, "the id of a block: 32 bytes in base64url")
      : undefined;
    const cnf = this.object(fields["cnf"], '"cnf"');
    this.only(cnf, ["jwk"], '"cnf"');
    const key = checkPublicKey(cnf["jwk"], this.#number);
    const limits = checkLimits(fields["limits"], this.#number);
    const sealed = Object.hasOwn(fields, "sealed");
    if (sealed && fields["sealed"] !== true) {
      throw this.refusal(
        "CAP_MALFORMED",
        `expected "sealed" to be true or absent, got ${shown(fields["sealed"])}`,
      );
    }
    // After the checks of the form, which bound its depth: JSON.stringify is recursive.
    if (JSON.stringify(fields) !== text) {
      throw this.refusal(
        "CAP_NOT_CANONICAL",
        "expected the payload as JSON.stringify writes it, got duplicate keys, blanks or another form of a value",
      );
    }
    return { parent, key, limits, sealed };
  }
}

/** Returns the only header of a block. */
export function headerText(kid: string | undefined): string {
  return JSON.stringify(kid === undefined ? { alg: "EdDSA", typ: TYP } : { alg: "EdDSA", kid, typ: TYP });
}

/**
 * Checks the form of one block. No cryptography.
 *
 * @throws {CapabilityError}
 */
export function readBlock(jws: string, number: number): BlockForm {
  const reader = new BlockReader(number);
  const parts = jws.split(".", 4);
  const [header = "", payload = "", signature = ""] = parts;
  if (parts.length !== 3) {
    throw reader.refusal(
      "CAP_MALFORMED",
      `expected header.payload.signature, got ${parts.length > 3 ? "more than 3" : parts.length} part(s)`,
    );
  }
  const kid = reader.header(header);
  const claims = reader.payload(payload);
  if (!BASE64URL_64.test(signature)) {
    throw reader.refusal(
      "CAP_MALFORMED",
      `expected a signature of 64 bytes in canonical base64url, got ${shown(signature)}`,
    );
  }
  return { jws, signed: `${header}.${payload}`, kid, ...claims };
}
