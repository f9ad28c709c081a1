import { createHash } from "node:crypto";
import type { Drawing } from "./types.ts";

/** SHA-256, in hex digits, of the pixels and of the program, background and parameters that made them. */
export function fingerprintOf({ frame, program, background, params = {} }: Drawing): string {
  const { width, height, data } = frame;
  const given = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const made = [width, height, background ?? null, program ?? null, ...given];
  return createHash("sha256")
    .update(`${JSON.stringify(made)}\n`)
    .update(data)
    .digest("hex");
}
