import { FileSocketError } from "../errors.ts";
import type { ReplyHeader } from "./reply-header.ts";
import { isHeadSignedBy, sha256Of, thumbprintOf } from "./signed-head.ts";

/** The facts that the reply to a signed request must have. */
export interface ExpectedReply {
  readonly id: string;
  /** Thumbprint of the key of the server that was asked. */
  readonly server: string;
  /** SHA-256 of the head of the request, in lower-case hexadecimal. */
  readonly requestSha256: string;
}

/**
 * Checks that the server that was asked signed this head for this request.
 *
 * @param head the bytes that `header` was decoded from: all before the payload.
 * @throws {FileSocketError} `FSOCK_UNTRUSTED_REPLY`
 */
export function checkSignedHead(head: Uint8Array, header: ReplyHeader, expected: ExpectedReply): void {
  const { serverKey, requestSha256, error } = header;
  if (serverKey === undefined || requestSha256 === undefined) {
    const found =
      error === undefined ? "a picture or a pong" : `the error ${quoted(error.code, error.message)}`;
    throw untrusted(`a signed reply of the server ${expected.server}, got one without a signature: ${found}`);
  }
  const server = thumbprintOf(serverKey);
  if (server !== expected.server) {
    const causes = "it has a new key, or another process has written the reply";
    throw untrusted(`the server ${expected.server}, got ${server}: ${causes}`);
  }
  if (!isHeadSignedBy(head, serverKey)) throw untrusted("the server's signature of the header, got another");
  if (header.id !== expected.id) throw untrusted(`the reply to ${expected.id}, got one to ${header.id}`);
  if (requestSha256 === expected.requestSha256) return;
  throw untrusted(`the reply to the request ${expected.requestSha256}, got one to ${requestSha256}`);
}

/**
 * Checks the bytes that the caller gets against the hash in the header, which {@link checkSignedHead} has checked.
 *
 * @throws {FileSocketError} `FSOCK_UNTRUSTED_REPLY`
 */
export function checkSignedPayload(header: ReplyHeader, payload: Uint8Array): void {
  const found = sha256Of(payload);
  if (found !== header.payloadSha256) {
    throw untrusted(`pixels with the SHA-256 ${header.payloadSha256}, got ${found}`);
  }
}

/** Makes a damaged reply one that is not trusted: a client with a capability cannot tell damage from an attack. */
export function asUntrusted(error: FileSocketError): FileSocketError {
  const cause = error.code === "FSOCK_BAD_REPLY" ? error : undefined;
  return cause === undefined ? error : untrusted(`a signed reply, got: ${error.message}`, cause);
}

/** Any process can have written these texts. */
function quoted(...texts: readonly string[]): string {
  return texts.map((text) => JSON.stringify(text.slice(0, 256).toWellFormed())).join(": ");
}

function untrusted(reason: string, cause?: unknown): FileSocketError {
  return new FileSocketError("FSOCK_UNTRUSTED_REPLY", `the reply is not trusted: expected ${reason}`, {
    cause,
  });
}
