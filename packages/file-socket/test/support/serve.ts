import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  createFileSocketServer,
  type FileSocketServer,
  type FileSocketServerOptions,
  type ServerEvent,
} from "@gvpie/file-socket";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { onTestFinished, type TestContext } from "vitest";
import { treeOf } from "../../src/protocol/tree.ts";
import { createTree } from "../../src/server/served-directory.ts";
import { renderer } from "./renderer.ts";

/** Returns the path of a socket directory that does not exist yet. It is removed after the test, whose context a test that runs beside others passes. */
export function newSocketPath(owner?: Pick<TestContext, "onTestFinished">): string {
  return join(temporaryDirectory({ prefix: "fsock-" }, owner), "socket");
}

/** Returns the path of a directory with its tree, which no server serves yet. */
export function unservedDirectory(): string {
  const dir = newSocketPath();
  const tree = treeOf(dir);
  mkdirSync(tree.v1, { recursive: true, mode: 0o700 });
  createTree(tree);
  return dir;
}

/** Starts a server in this process. It is closed after the test. */
export async function serve(
  options: Partial<FileSocketServerOptions> = {},
): Promise<{ dir: string; events: ServerEvent[]; server: FileSocketServer; close: () => Promise<void> }> {
  const dir = options.dir ?? newSocketPath();
  const events: ServerEvent[] = [];
  const server = await createFileSocketServer({
    render: renderer,
    onEvent: (event) => events.push(event),
    ...options,
    dir,
  });
  onTestFinished(() => server.close());
  return { dir, events, server, close: () => server.close() };
}
