import { createHash } from "node:crypto";
import type { RenderReply, RenderRequest } from "@gvpie/file-socket";

/**
 * A picture that tells which program it answers: its bytes repeat the SHA-256 of size, background, program
 * and parameters.
 */
export function pattern({
  code,
  width,
  height,
  background,
  params,
}: Omit<RenderRequest, "params"> & Pick<Partial<RenderRequest>, "params">): RenderReply & {
  readonly data: Buffer;
} {
  const seed = createHash("sha256")
    .update(
      `${width}x${height} ${background ?? ""}\n${code}${params === undefined ? "" : JSON.stringify(params)}`,
    )
    .digest();
  const data = Buffer.alloc(width * height * 4, seed);
  return { width, height, data, backend: "pattern", adapter: "test" };
}
