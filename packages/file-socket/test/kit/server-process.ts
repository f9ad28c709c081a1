import { createFileSocketServer, FileSocketError } from "@gvpie/file-socket";
import { renderer } from "./renderer.ts";

// Serves until it is told to end. Tells one JSON object a line: "ready", then the server's events; or the error's code.
const { dir, limits, uid } = JSON.parse(process.argv[2] ?? "{}") as {
  dir: string;
  limits?: object;
  uid?: number;
};
if (uid !== undefined) {
  // Not before everything is loaded: another user need not be able to read these files.
  process.setgroups?.([]);
  process.setgid?.(uid);
  process.setuid?.(uid);
}
const tell = (message: object): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);
try {
  const server = await createFileSocketServer({ dir, limits, render: renderer, onEvent: tell });
  process.once("SIGTERM", () => void server.close().then(() => tell({ type: "closed" })));
  tell({ type: "ready" });
} catch (error) {
  if (!(error instanceof FileSocketError)) throw error;
  tell({ type: "refused to start", code: error.code, message: error.message });
  process.exitCode = error.code === "FSOCK_LOCKED" ? 75 : 78;
}
