import { createFileSocketClient, createFileSocketServer, RequestError } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { newSocketPath } from "./support/serve.ts";

test("a client gets a hundred pictures at once", async () => {
  const dir = newSocketPath();
  await using _server = await createFileSocketServer({ dir, render: pattern });
  await using client = createFileSocketClient({ dir });
  expect(await client.ping()).toBeGreaterThan(0);
  const asked = Array.from({ length: 100 }, (_, index) => `TXT 1 1 ${index}`);
  const replies = await Promise.all(asked.map((code) => client.render(code, { width: 40, height: 30 })));
  for (const [index, reply] of replies.entries()) {
    const code = asked[index] ?? "";
    const expected = pattern({ code, width: 40, height: 30 });
    expect(Buffer.from(reply.data).equals(expected.data)).toBe(true);
    expect(reply).toMatchObject({ width: 40, height: 30, backend: "pattern", adapter: "test" });
  }
});

test("a bad program rejects with its diagnostics", async () => {
  const diagnostics = [
    { severity: "error", code: "PXL_X", message: "unknown", line: 2, column: 1, length: 3 },
  ] as const;
  const render = (): never => {
    throw new RequestError({ status: "bad_program", code: "PXL_X", message: "line 2: unknown", diagnostics });
  };
  const dir = newSocketPath();
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
