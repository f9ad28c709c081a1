import { createHash } from "node:crypto";
import type { Drawing } from "./types.ts";

/** Returns the SHA-256, in hex, of the pixels and of the program, background and parameters that made them. */
export function fingerprintOf({ frame, program, background, params = {} }: Drawing): string {
  const { width, height, data } = frame;
  const sortedParams = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const source = [width, height, background ?? null, program ?? null, ...sortedParams];
  return createHash("sha256")
    .update(`${JSON.stringify(source)}\n`)
    .update(data)
    .digest("hex");
}
