import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

const MAX_BYTES = 65_536;
const TYPE = "application/x-www-form-urlencoded";

/**
 * Reads the fields of a form.
 *
 * @throws {HttpError} 413 or 415.
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const { "content-type": type = "", "content-length": length = "0" } = request.headers;
  if (Number(length) > MAX_BYTES) throw tooLarge(length);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw tooLarge("more");
    chunks.push(chunk);
  }
  if (bytes > 0 && type.split(";", 1)[0]?.trim().toLowerCase() !== TYPE) {
    throw new HttpError(415, `expected a body of the type ${TYPE}`);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

/** @throws {HttpError} 400 if a request that has no form has a body. */
export function checkNoBody({ headers }: IncomingMessage): void {
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  if (Number(length) > 0 || encoding !== undefined) throw new HttpError(400, "expected no body");
}

function tooLarge(length: string): HttpError {
  return new HttpError(413, `expected a body of at most ${MAX_BYTES} bytes, got ${length}`);
}
