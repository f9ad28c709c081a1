import { FileSocketError } from "../errors.ts";
import { readFrom, readInto } from "../fs/files.ts";
import { decodeHead, type DecodedReply, headBytes } from "../protocol/reply.ts";
import {
  asUntrusted,
  checkSignedHead,
  checkSignedPayload,
  type ExpectedReply,
} from "../protocol/reply-trust.ts";

/** Length of a signed head, unless the names of backend and adapter are unusually long. */
const USUAL_SIGNED_HEAD_BYTES = 1_024;

/**
 * Reads a reply that must be signed. The head is checked before memory for the pixels is allocated; the pixels are checked in the
 * memory that the caller gets, because another process may change the file at any time.
 *
 * @throws {FileSocketError} `FSOCK_UNTRUSTED_REPLY`
 */
export function readSignedReply(
  fd: number,
  fileBytes: number,
  into: Uint8Array | undefined,
  expected: ExpectedReply,
): DecodedReply {
  try {
    const start = readFrom(fd, Math.min(fileBytes, USUAL_SIGNED_HEAD_BYTES));
    const length = headBytes(start, fileBytes);
    const head = length <= start.length ? start.subarray(0, length) : readFrom(fd, length);
    const { header } = decodeHead(head, fileBytes);
    checkSignedHead(head, header, expected);
    const payload = into?.byteLength === header.bytes ? into : Buffer.allocUnsafeSlow(header.bytes);
    readInto(fd, payload, length);
    checkSignedPayload(header, payload);
    return { header, payload };
  } catch (error) {
    throw error instanceof FileSocketError ? asUntrusted(error) : error;
  }
}
