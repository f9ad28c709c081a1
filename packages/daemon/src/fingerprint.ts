import { createHash } from "node:crypto";
import type { Drawing } from "./types.ts";

/** SHA-256, in hex digits, of the pixels and of the program and background that made them. */
export function fingerprintOf({ frame, program, background }: Drawing): string {
  const { width, height, data } = frame;
  return createHash("sha256")
    .update(`${JSON.stringify([width, height, background ?? null, program ?? null])}\n`)
    .update(data)
    .digest("hex");
}
