import { join } from "node:path";
import { createFileSocketServer, type FileSocketServerOptions, type ServerEvent } from "@gvpie/file-socket";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { onTestFinished } from "vitest";
import { renderer } from "./renderer.ts";

/** Returns the path of a socket directory that does not exist yet. It is removed after the test. */
export function newSocketPath(): string {
  return join(temporaryDirectory({ prefix: "fsock-" }), "socket");
}

/** Starts a server in this process. It is closed after the test. */
export async function serve(
  options: Partial<FileSocketServerOptions> = {},
): Promise<{ dir: string; events: ServerEvent[]; close: () => Promise<void> }> {
  const dir = options.dir ?? newSocketPath();
  const events: ServerEvent[] = [];
  const server = await createFileSocketServer({
    render: renderer,
    onEvent: (event) => events.push(event),
    ...options,
    dir,
  });
  onTestFinished(() => server.close());
  return { dir, events, close: () => server.close() };
}
