import { existsSync, readFileSync } from "node:fs";
import { createFileSocketServer, FileSocketError } from "@gvpie/file-socket";
import type { IssuerKeys } from "./capabilities.ts";
import { renderer } from "./renderer.ts";

// Serves until SIGTERM. Writes one JSON object a line: "ready" and the server's events, or the error's code.
const { dir, limits, uid, issuer, killFile } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  limits?: object;
  uid?: number;
  /** Makes the server require capabilities. */
  issuer?: IssuerKeys;
  /** Path of a file with the name of a failpoint at which the process kills itself. */
  killFile?: string;
};
const capabilities = issuer && (await import("./capabilities.ts")).Issuer.of(issuer).options("require", dir);
if (killFile !== undefined) {
  Object.assign(globalThis, {
    [Symbol.for("@gvpie/failpoint")]: (passed: string): void => {
      if (!existsSync(killFile) || readFileSync(killFile, "utf8") !== passed) return;
      process.kill(process.pid, "SIGKILL");
    },
  });
}
if (uid !== undefined) {
  // After the imports, because the other user may not be able to read these files.
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const send = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);
try {
  const server = await createFileSocketServer({ dir, limits, render: renderer, onEvent: send, capabilities });
  process.once("SIGTERM", () => void server.close().then(() => send({ type: "closed" })));
  send({ type: "ready" });
} catch (error) {
  if (!(error instanceof FileSocketError)) throw error;
  send({ type: "refused to start", code: error.code, message: error.message });
  process.exitCode = error.code === "FSOCK_LOCKED" ? 75 : 78;
}
