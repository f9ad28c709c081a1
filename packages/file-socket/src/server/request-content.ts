import { RequestError } from "../errors.ts";
import { type Command, parseRequestJson, spoolCommand } from "../protocol/request.ts";
import { checkBody, hasRequestHead } from "../protocol/request-head.ts";
import { sha256Of } from "../protocol/signed-head.ts";
import type { GrantUse } from "../types.ts";
import type { SessionContext } from "./context.ts";
import type { SpoolJob } from "./spool-job.ts";

/**
 * Validates the content of a claimed request file. The head of a request with a capability must be the one that was
 * examined, and its body the one that was signed; the body is not parsed before.
 *
 * @throws {RequestError}
 */
export function readCommand(
  bytes: Buffer,
  { id, proof, signer }: SpoolJob,
  { limits, capabilities }: SessionContext,
): Command {
  if (proof === undefined || signer === undefined) {
    if (hasRequestHead(bytes)) throw unexpectedHead(capabilities !== undefined);
    return spoolCommand(parseRequestJson(bytes), id, limits);
  }
  const { header, headBytes } = proof;
  if (sha256Of(bytes.subarray(0, headBytes)) !== signer.requestSha256) {
    throw badHead("expected the head of the request as it was examined, got another; the file was replaced");
  }
  const body = bytes.subarray(headBytes);
  checkBody(header, body);
  return spoolCommand(parseRequestJson(body), id, limits, header.ttlMs);
}

/** Returns the facts of a command that the limits of a capability are compared with. */
export function useOf(command: Command): GrantUse {
  if (command.op !== "render_program") return { operation: "ping" };
  const { code, width, height, params } = command.request;
  const isSized = width !== undefined || height !== undefined;
  return {
    operation: "render_program",
    code,
    ...(params && { params: Object.keys(params) }),
    // A side that the request leaves out has at least one pixel.
    ...(isSized && { pixels: (width ?? 1) * (height ?? 1) }),
  };
}

function unexpectedHead(hasCapabilities: boolean): RequestError {
  if (hasCapabilities) return badHead("expected the request as it was examined, got a head; it was replaced");
  return new RequestError({
    status: "bad_request",
    code: "FSOCK_CAPABILITIES_OFF",
    message:
      "expected a request without a capability, got one with it: this server does not check capabilities; send the request without one, or start the server with capabilities",
  });
}

function badHead(message: string): RequestError {
  return new RequestError({ status: "bad_request", code: "FSOCK_BAD_HEAD", message });
}
