import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  addRevocation,
  keyObjectOf,
  readAudit,
  readPrivateKey,
  writeKeyPair,
} from "@gvpie/app-common/capability";
import { inspectCapability, issueCapability, narrowCapability, thumbprintOf } from "@gvpie/capability";
import { createFileSocketClient, type FileSocketClient } from "@gvpie/file-socket";
import { renderProgram } from "@gvpie/raster-cpu";
import { waitUntil } from "@gvpie/testing";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { connect, serve } from "./support/daemon.ts";

const PROGRAM = "TXT 1 1 allowed";

function holderOf(dir: string, text: string, keyFile: string): FileSocketClient {
  const key = keyObjectOf(readPrivateKey(keyFile));
  const client = createFileSocketClient({ dir, capability: { text, key } });
  onTestFinished(() => client.close());
  return client;
}

test("a daemon that requires capabilities checks limits and revocations, and keeps an audit", async () => {
  const directory = temporaryDirectory();
  const path = (name: string): string => join(directory, name);
  const dir = path("shared");
  for (const name of ["root", "second", "first"]) writeKeyPair(path(name));
  const audience = [await thumbprintOf(writeKeyPair(path("server")))];
  const args = ["--capabilities", "require", "--root-key", path("root.pub"), "--server-key", path("server")];
  const start = () => serve(dir, [...args, "--revoked", path("revoked"), "--max-pixels", "50000"]);
  const daemon = await start();

  const keyOf = (name: string) => readPrivateKey(path(name));
  const [rootKey, firstKey, secondKey] = [keyOf("root"), keyOf("first"), keyOf("second")];
  const wide = await issueCapability({ rootKey, to: firstKey, limits: { audience, pixels: 1_000_000 } });
  const narrow = await narrowCapability(wide, { key: firstKey, to: secondKey, limits: { pixels: 8192 } });
  const first = holderOf(dir, wide, path("first"));
  const second = holderOf(dir, narrow, path("second"));

  expect((await second.render(PROGRAM)).data).toEqual(renderProgram(PROGRAM).data);
  await expect(second.render(`CANVAS 128 65\n${PROGRAM}`)).rejects.toMatchObject({
    code: "FSOCK_FORBIDDEN",
    replyCode: "CAP_LIMIT_PIXELS",
    message: expect.stringMatching(
      /expected at most 8192 pixels.*, got .*8320 \(limit pixels of block 2\)$/,
    ) as string,
  });
  await expect(first.render(`CANVAS 512 512\n${PROGRAM}`)).rejects.toMatchObject({
    code: "FSOCK_TOO_LARGE",
    replyCode: "RASTER_LIMIT_PIXELS",
  });
  const required = { code: "FSOCK_FORBIDDEN", replyCode: "FSOCK_CAPABILITY_REQUIRED" };
  await expect(connect(dir).render(PROGRAM)).rejects.toMatchObject(required);
  writeFileSync(`${dir}/.cmd`, JSON.stringify({ op: "render_program", code: PROGRAM }));
  renameSync(`${dir}/.cmd`, `${dir}/cmd.json`);
  const error = await waitUntil(
    () => existsSync(`${dir}/err.json`) && readFileSync(`${dir}/err.json`, "utf8"),
  );
  expect(JSON.parse(error)).toMatchObject({ status: "forbidden", code: "FSOCK_CAPABILITY_REQUIRED" });

  const { blocks } = await inspectCapability(narrow);
  const [{ id: root }, { id: leaf }] = blocks as unknown as [{ id: string }, { id: string }];
  addRevocation(path("revoked"), leaf);
  await daemon.waitForLine(`revoked blocks in ${path("revoked")}: 1`);
  await expect(second.render(PROGRAM)).rejects.toMatchObject({ replyCode: "CAP_REVOKED" });
  await first.render(PROGRAM);
  expect(await daemon.kill("SIGTERM")).toBe(0);

  // The next daemon is the same server: its key is in a file.
  const next = await start();
  await first.render(PROGRAM);
  await expect(second.render(PROGRAM)).rejects.toMatchObject({ replyCode: "CAP_REVOKED" });

  // A line may follow the reply that it is about.
  expect(await next.kill("SIGTERM")).toBe(0);
  const records = [...readAudit(path("server.audit"))].map(({ type, via, code, root, leaf }) =>
    [type, via, code, root, leaf].filter(Boolean),
  );
  expect(records).toEqual([
    ["first-use", "spool", root, leaf],
    ["refused", "spool", "CAP_LIMIT_PIXELS", root, leaf],
    ["first-use", "spool", root, root],
    ["refused", "spool", "FSOCK_CAPABILITY_REQUIRED"],
    ["refused", "slot", "FSOCK_CAPABILITY_REQUIRED"],
    ["refused", "spool", "CAP_REVOKED", root, leaf],
    ["first-use", "spool", root, root],
    // This daemon has never verified it.
    ["refused", "spool", "CAP_REVOKED"],
  ]);
  const modes = ["server.audit", "server.answered"].map((name) => statSync(path(name)).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600]);
});
