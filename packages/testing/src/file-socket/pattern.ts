import { createHash } from "node:crypto";

/** The fields of a render request that decide its pixels. */
export interface PatternRequest {
  readonly code: string;
  /** Default 128. */
  readonly width?: number | undefined;
  /** Default 64. */
  readonly height?: number | undefined;
  readonly background?: string | undefined;
  readonly params?: Readonly<Record<string, string | number>> | undefined;
}

/**
 * A picture that identifies the request it answers: its bytes repeat the SHA-256 of size, background, program and
 * parameters. A test renderer draws it, and a client compares the reply with its own copy.
 */
export function pattern({ code, width = 128, height = 64, background, params }: PatternRequest): {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
  readonly backend: string;
  readonly adapter: string;
} {
  const seed = createHash("sha256")
    .update(
      `${width}x${height} ${background ?? ""}\n${code}${params === undefined ? "" : JSON.stringify(params)}`,
    )
    .digest();
  return { width, height, data: Buffer.alloc(width * height * 4, seed), backend: "pattern", adapter: "test" };
}
