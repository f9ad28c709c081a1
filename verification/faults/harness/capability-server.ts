// Serves a directory until SIGTERM as the test server does, in the mode `accept`, and reports "ready".
// Argument: {"dir", "root", "key", "answeredFile"}; the keys are JSON Web Keys.
import {
  createAuthority,
  publicKeyOf,
  type PublicKey,
  type PrivateKey,
  thumbprintOf,
} from "@gvpie/capability";
import { createFileSocketServer } from "@gvpie/file-socket";
import { renderer } from "@gvpie/file-socket/test-support";
import { keyObjectOf } from "./issuer.ts";
import { report } from "./report-line.ts";

const { dir, root, key, answeredFile } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  root: PublicKey;
  key: PrivateKey;
  answeredFile: string;
};
const authority = createAuthority({ roots: [root], audience: await thumbprintOf(publicKeyOf(key)) });
const capabilities = { mode: "accept", authority, key: keyObjectOf(key), answeredFile } as const;
const server = await createFileSocketServer({ dir, render: renderer, capabilities });
process.once("SIGTERM", () => void server.close());
report({ type: "ready" });
