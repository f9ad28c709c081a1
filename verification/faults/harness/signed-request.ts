import { createHash, sign } from "node:crypto";
import { newId } from "@gvpie/file-socket/internal";
import type { Holder } from "./issuer.ts";

const TTL_MS = 30_000;

/** The parts of a request file with a capability. */
export interface RequestFile {
  readonly id: string;
  readonly client: string;
  /** JSON text of the header. */
  readonly header: string;
  readonly body: Buffer;
}

/** The request of one client for a server. */
export interface Asked {
  readonly holder: Pick<Holder, "text" | "key">;
  readonly audience: string;
  readonly client: string;
  /** Default: a new one. */
  readonly id?: string;
  readonly code?: string;
  /** Fields in place of those of the body. */
  readonly fields?: object;
  /** Fields in place of those of the header. They are signed. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Signs a request as docs/file-socket.md describes it: a second opinion beside the client of the package. */
export function signRequest({
  holder,
  audience,
  client,
  id = newId(),
  code = "HALT",
  fields,
  claims,
}: Asked): RequestFile {
  const render = { op: "render_program", id, code, width: 4, height: 2, format: "RGBA", ttlMs: TTL_MS };
  const body = Buffer.from(JSON.stringify({ ...render, ...fields }));
  const header = {
    capability: holder.text,
    audience,
    id,
    client,
    ttlMs: TTL_MS,
    expiresAt: Date.now() + TTL_MS,
    sha256: createHash("sha256").update(body).digest("hex"),
    ...claims,
  };
  const text = JSON.stringify(header).slice(0, -1);
  const signature = sign(null, Buffer.from(`GVQ1${text}`), holder.key).toString("base64url");
  return { id, client, header: `${text},"signature":"${signature}"}`, body };
}

/** Returns the bytes of a request file. */
export function bytesOfRequest({ header, body }: Pick<RequestFile, "header" | "body">): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.write("GVQ1", "latin1");
  prefix.writeUInt32LE(Buffer.byteLength(header), 4);
  return Buffer.concat([prefix, Buffer.from(header), body]);
}
