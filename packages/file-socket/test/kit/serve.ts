import { createFileSocketServer, type FileSocketServerOptions, type ServerEvent } from "@gvpie/file-socket";
import { onTestFinished } from "vitest";
import { newPlace } from "./place.ts";
import { renderer } from "./renderer.ts";

/** A server in this process, closed after the test, and what it has told. */
export async function serve(
  options: Partial<FileSocketServerOptions> = {},
): Promise<{ dir: string; events: ServerEvent[]; close: () => Promise<void> }> {
  const dir = options.dir ?? newPlace();
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
