import { temporaryDirectory } from "@gvpie/testing/vitest";
import { waitUntil } from "@gvpie/testing";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { workspaceWith } from "../support/workspace.ts";

const GPU = { name: "gpu", lang: "gvpie", code: "RECT 1 1 5 5\n" } as const;
const BAD = { name: "bad", lang: "pixel", code: "NONSENSE\n" } as const;

function hookIn(directory: string): { readonly file: string; readonly calls: () => string[] } {
  const file = join(directory, "hook.sh");
  const log = join(directory, "hook.log");
  writeFileSync(file, `#!/bin/sh\necho "$GVPIE_EVENT $GVPIE_CODE $GVPIE_SUBJECT" >> '${log}'\n`, {
    mode: 0o755,
  });
  return { file, calls: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []) };
}

async function startMonitor(): Promise<{ readonly url: string; readonly paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(String(request.url));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/key`, paths };
}

test("a renderer that is gone and comes back runs both hooks, is reported to the monitor, and stops no other script", async () => {
  const { url, paths } = await startMonitor();
  const { file, calls } = hookIn(temporaryDirectory());
  const workspace = await workspaceWith(GPU);
  const loop = workspace.start(
    "--interval",
    "0.1",
    "--on-failure",
    file,
    "--on-recovery",
    file,
    "--ping",
    url,
  );
  await waitUntil(() => calls().some((call) => call.startsWith("failure NO_RENDERER")));
  await waitUntil(() => paths.includes("/key/fail"));
  await workspace.startRenderer();
  await waitUntil(() => calls().some((call) => call.startsWith("recovery NO_RENDERER")));
  await waitUntil(() => paths.lastIndexOf("/key") > paths.indexOf("/key/fail"));
  expect(await loop.kill("SIGTERM")).toBe(0);
  expect(calls()).toHaveLength(2);
  expect(loop.stderr).not.toContain("/key");
});

test("with --once the monitor gets the result", async () => {
  const { url, paths } = await startMonitor();
  const workspace = await workspaceWith(BAD);
  expect((await workspace.run("--once", "--ping", url)).status).toBe(1);
  await workspace.withStore((store) => store.removeScript(BAD.name));
  expect((await workspace.run("--once", "--ping", url)).status).toBe(0);
  expect(paths).toEqual(["/key/fail", "/key"]);
});

test.each([
  [["--on-failure", "gone"], "--on-failure gone: expected an executable file, got no such file"],
  [["--on-recovery", "."], "--on-recovery .: expected an executable file, got a directory"],
  [["--ping", "gopher://user:secret@host"], "--ping: expected an address such as https://example.com/key"],
])("does not start with %j", async (args, message) => {
  const workspace = await workspaceWith();
  const { status, stderr } = await workspace.run(...args);
  expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringContaining(message) });
  expect(stderr).not.toContain("secret");
});
