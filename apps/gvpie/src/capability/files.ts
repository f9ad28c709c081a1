import {
  CapabilityFileError,
  readCapability,
  readPrivateKey,
  readPublicKey,
} from "@gvpie/app-common/capability";
import { thumbprintOf, type PrivateKey, type PublicKey } from "@gvpie/capability";
import { CommandError, UsageError } from "../errors.ts";
import { inputName, noteInput, readStdin } from "../input.ts";

/** A thumbprint of a key, and an id of a block: 32 bytes in base64url. */
const HASH = /^[\w-]{43}$/;
const MAX_TOKEN_BYTES = 64 * 1024;

/** True for a text of the form of a thumbprint or of a block's id. */
export function isHash(text: string): boolean {
  return HASH.test(text);
}

/**
 * Reads a capability from a file or, for `-`, from stdin. Its form is not checked.
 *
 * @throws {CommandError} if it cannot be read, or holds a key.
 */
export function readToken(path: string): string {
  const text = readTokenOrKey(path);
  const key = keyIn(text);
  if (key === undefined) return text;
  throw new CommandError(
    "NOT_A_CAPABILITY",
    `expected a capability, as gvpie capability issue writes it, got a ${key} key: ${inputName(path)}`,
  );
}

/** Reads a capability or a key, without any check of its form, from a file or, for `-`, from stdin. */
export function readTokenOrKey(path: string): string {
  if (path === "-") return readStdin(MAX_TOKEN_BYTES).trim();
  if (path === "") throw new UsageError('expected the file of a capability, or -, got ""');
  try {
    const text = readCapability(path);
    noteInput(path);
    return text;
  } catch (error) {
    if (!(error instanceof CapabilityFileError) || error.code !== "CAPFILE_MISSING") throw error;
    throw new CommandError(error.code, `expected a capability, got no file at ${path}`, {
      cause: error,
    });
  }
}

/** Returns the kind of a key, if the text is one. */
export function keyIn(text: string): Kind | undefined {
  if (!text.startsWith("{")) return undefined;
  return /"d"\s*:/.test(text) ? "private" : "public";
}

/** Reads the private key that an option names. */
export function privateKey(flag: string, path: string): PrivateKey {
  return readKey("private", flag, path, readPrivateKey);
}

/** Reads the public key that an option names. */
export function publicKey(flag: string, path: string): PublicKey {
  return readKey("public", flag, path, readPublicKey);
}

/** Returns the thumbprint that an option gives, or that of the public key in the file that it names. */
export async function readThumbprint(flag: string, text: string): Promise<string> {
  return isHash(text) ? text : thumbprintOf(publicKey(flag, text));
}

type Kind = "private" | "public";

function readKey<K>(wanted: Kind, flag: string, path: string, read: (path: string) => K): K {
  if (path === "") throw new UsageError(`${flag}: expected the file of a ${wanted} key, got ""`);
  try {
    return read(path);
  } catch (error) {
    if (!(error instanceof CapabilityFileError)) throw error;
    const reason = mistakeOf(wanted, path, error) ?? error.message;
    throw new CommandError(error.code, `${flag}: ${reason}`, { cause: error });
  }
}

/** Explains a likely mistake: a file that is missing, or one of another kind than the option takes. */
function mistakeOf(wanted: Kind, path: string, { code }: CapabilityFileError): string | undefined {
  if (code === "CAPFILE_MISSING") {
    const advice = isHash(path)
      ? "a thumbprint does not contain the key: name the file that does"
      : "gvpie capability keygen creates a key pair";
    return `expected a ${wanted} key, got no file at ${path}; ${advice}`;
  }
  const found = kindOf(path);
  if (found === undefined || found === wanted) return undefined;
  if (found === "capability") return `expected a ${wanted} key, got a capability: ${path}`;
  const other = wanted === "public" ? `${path}.pub` : path.replace(/\.pub$/, "");
  return `expected a ${wanted} key, got a ${found} one: ${path}; name the other file of the pair, ${other}`;
}

function kindOf(path: string): Kind | "capability" | undefined {
  try {
    const text = readCapability(path);
    return text.startsWith("eyJ") ? "capability" : keyIn(text);
  } catch {
    return undefined;
  }
}
