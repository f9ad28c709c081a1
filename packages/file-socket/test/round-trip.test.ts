import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileSocketClient, createFileSocketServer, RequestError } from "@gvpie/file-socket";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pattern } from "./kit/pattern.ts";

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "fsock-")), "socket");
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

test("a client gets its picture, and a hundred at once", async () => {
  await using _server = await createFileSocketServer({ dir, render: pattern });
  await using client = createFileSocketClient({ dir });
  expect(await client.ping()).toBeGreaterThan(0);
  const asked = Array.from({ length: 100 }, (_, index) => `TXT 1 1 ${index}`);
  const replies = await Promise.all(asked.map((code) => client.render(code, { width: 40, height: 30 })));
  for (const [index, reply] of replies.entries()) {
    const code = asked[index] ?? "";
    const expected = pattern({ code, width: 40, height: 30, background: undefined });
    expect(Buffer.from(reply.data).equals(expected.data)).toBe(true);
    expect(reply).toMatchObject({ width: 40, height: 30, backend: "pattern", adapter: "test" });
  }
});

test("a bad program arrives with its diagnostics", async () => {
  const diagnostics = [
    { severity: "error", code: "PXL_X", message: "unknown", line: 2, column: 1, length: 3 },
  ] as const;
  const render = (): never => {
    throw new RequestError({ status: "bad_program", code: "PXL_X", message: "line 2: unknown", diagnostics });
  };
  await using _server = await createFileSocketServer({ dir, render });
  await using client = createFileSocketClient({ dir });
  await expect(client.render("X")).rejects.toMatchObject({
    name: "FileSocketError",
    code: "FSOCK_BAD_PROGRAM",
    replyCode: "PXL_X",
    message: "line 2: unknown",
    diagnostics,
  });
});
