import { createFileSocketServer, FileSocketError } from "@gvpie/file-socket";
import { renderer } from "./renderer.ts";

// Serves until SIGTERM. Writes one JSON object a line: "ready" and the server's events, or the error's code.
const { dir, limits, uid } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  limits?: object;
  uid?: number;
};
if (uid !== undefined) {
  // After the imports, because the other user may not be able to read these files.
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const send = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);
try {
  const server = await createFileSocketServer({ dir, limits, render: renderer, onEvent: send });
  process.once("SIGTERM", () => void server.close().then(() => send({ type: "closed" })));
  send({ type: "ready" });
} catch (error) {
  if (!(error instanceof FileSocketError)) throw error;
  send({ type: "refused to start", code: error.code, message: error.message });
  process.exitCode = error.code === "FSOCK_LOCKED" ? 75 : 78;
}
