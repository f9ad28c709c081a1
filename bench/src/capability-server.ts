import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, type PrivateKey, type PublicKey, thumbprintOf } from "@gvpie/capability";
import { createFileSocketServer, type RenderHandler } from "@gvpie/file-socket";

// The server process of the capability group: it serves one payload in two directories, `off` and `require`.
// usage: capability-server.ts <directory>; prints `ready`.

const [dir = ""] = process.argv.slice(2);
const { root, server } = JSON.parse(readFileSync(join(dir, "keys.json"), "utf8")) as {
  readonly root: PublicKey;
  readonly server: PrivateKey;
};
const payload = Buffer.alloc(1024 * 1024, 0x5a);
const render: RenderHandler = ({ width = 128, height = 64 }) => ({
  width,
  height,
  data: payload.subarray(0, width * height * 4),
  backend: "none",
  adapter: "none",
});

await createFileSocketServer({ dir: join(dir, "off"), limits: { minFreeBytes: 0 }, render });
await createFileSocketServer({
  dir: join(dir, "require"),
  limits: { minFreeBytes: 0 },
  render,
  capabilities: {
    mode: "require",
    authority: createAuthority({ roots: [root], audience: await thumbprintOf(server) }),
    key: createPrivateKey({ key: { ...server }, format: "jwk" }),
    answeredFile: join(dir, "answered"),
  },
});
console.log("ready");
