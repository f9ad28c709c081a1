import { closeSync, type Stats } from "node:fs";
import { RequestError } from "../errors.ts";
import { openUntrusted, readInto } from "../fs/files.ts";
import { failpoint } from "../process/failpoint.ts";
import type { RequestName } from "../protocol/names.ts";
import type { ReplySigner } from "../protocol/reply.ts";
import {
  checkRequestHeader,
  decodeRequestHead,
  hasRequestHead,
  MAX_REQUEST_HEADER_BYTES,
  requestHeadBytes,
  type RequestHeader,
} from "../protocol/request-head.ts";
import { PREFIX_BYTES, sha256Of } from "../protocol/signed-head.ts";
import type { CapabilityContext } from "./capabilities.ts";
import { fileRefusal } from "./refusals.ts";

/** The head of a request with a capability. Its form, audience and time were checked, its signature was not. */
export interface SignedHead {
  readonly header: RequestHeader;
  readonly bytes: Buffer;
  readonly signer: ReplySigner;
}

export type Examined =
  | { readonly kind: "missing" }
  | { readonly kind: "plain"; readonly stats: Stats }
  | { readonly kind: "irregular"; readonly error: RequestError }
  | { readonly kind: "refused"; readonly error: RequestError; readonly signer?: ReplySigner }
  | { readonly kind: "signed"; readonly stats: Stats; readonly head: SignedHead };

/** Memory for the start of a file: requests are examined one after the other. */
const start = Buffer.allocUnsafeSlow(PREFIX_BYTES + MAX_REQUEST_HEADER_BYTES);

/**
 * Reads the head of a request file, and nothing behind it, and checks what can be checked without a key. The reply is
 * signed if the head could be read. A head that was read belongs to the file of this name: otherwise a process could have a
 * refusal signed for the request of another client.
 *
 * @throws a system error if the server has no descriptor left, or cannot use the directory.
 */
export function examineFile(
  path: string,
  name: RequestName,
  maxBytes: number,
  { audience, serverKey, key }: CapabilityContext,
  now: number,
): Examined {
  const opened = openUntrusted(path, Infinity);
  if ("missing" in opened) return { kind: "missing" };
  if ("defect" in opened) return { kind: "irregular", error: fileRefusal(opened.defect) };
  const { fd, stats } = opened;
  let length: number;
  try {
    failpoint("file-socket/intake/before-read");
    length = readInto(fd, start.subarray(0, Math.min(start.length, stats.size)), 0);
  } finally {
    closeSync(fd);
  }
  failpoint("file-socket/intake/after-read");
  const read = start.subarray(0, length);
  const isTooLarge = stats.size > maxBytes;
  if (!hasRequestHead(read)) {
    return isTooLarge ? { kind: "irregular", error: fileRefusal("too large") } : { kind: "plain", stats };
  }
  let signer: ReplySigner | undefined;
  try {
    // Copied, because the memory is used for the next request while a capability is verified.
    const bytes = Buffer.from(read.subarray(0, requestHeadBytes(read, length)));
    const header = decodeRequestHead(bytes, name);
    signer = { requestSha256: sha256Of(bytes), serverKey, key };
    checkRequestHeader(header, audience, now);
    if (isTooLarge) throw fileRefusal("too large");
    return { kind: "signed", stats, head: { header, bytes, signer } };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { kind: "refused", error, ...(signer && { signer }) };
  }
}
