import { createHash } from "node:crypto";
import type { Drawing } from "./types.ts";

/** Returns the SHA-256, in hex, of the pixels of all frames and of the program, background and parameters that made them. */
export function fingerprintOf({
  frame,
  frames = [frame],
  program,
  background,
  params = {},
}: Drawing): string {
  const { width, height, animation } = frame;
  const sortedParams = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const source = [width, height, background ?? null, program ?? null, ...sortedParams];
  // Without this, the fingerprint of a still picture is that of earlier versions.
  const times = frames.length > 1 ? `${frames.length} ${animation?.delayMs}\n` : "";
  const hash = createHash("sha256").update(`${JSON.stringify(source)}\n${times}`);
  for (const { data } of frames) hash.update(data);
  return hash.digest("hex");
}
