/**
 * A renderer for tests, in this process or as a program:
 *   node --conditions=@gvpie/source test-renderer.ts <directory> <keys as JSON>
 * The program prints `serving`.
 */
import { createAuthority, thumbprintOf, type PrivateKey, type PublicKey } from "@gvpie/capability";
import { createFileSocketServer, type FileSocketServer, type RenderHandler } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { createPrivateKey } from "node:crypto";
import { dirname, join } from "node:path";

/** The keys of a renderer that requires capabilities. */
export interface RendererKeys {
  readonly root: PublicKey;
  readonly server: PrivateKey;
}

export const draw: RenderHandler = ({ code, width, height }) => ({
  ...renderProgram(code, { width, height }),
  backend: "cpu",
  adapter: "cpu",
});

/** Serves a directory; with keys, it requires capabilities. */
export async function serveRenderer(
  dir: string,
  render: RenderHandler,
  keys?: RendererKeys,
): Promise<FileSocketServer> {
  if (!keys) return createFileSocketServer({ dir, render });
  const { kty, crv, x, d } = keys.server;
  return createFileSocketServer({
    dir,
    render,
    capabilities: {
      mode: "require",
      authority: createAuthority({ roots: [keys.root], audience: await thumbprintOf(keys.server) }),
      key: createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" }),
      answeredFile: join(dirname(dir), "answered"),
    },
  });
}

const [program, dir, keys] = process.argv.slice(1);
if (program === import.meta.filename && dir !== undefined) {
  await serveRenderer(dir, draw, keys === undefined ? undefined : (JSON.parse(keys) as RendererKeys));
  console.log("serving");
}
