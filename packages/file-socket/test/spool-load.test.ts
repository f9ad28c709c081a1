import { readdirSync } from "node:fs";
import { createFileSocketClient } from "@gvpie/file-socket";
import { pattern } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { PYTHON_SPOOL_LOAD, startPython, startServer } from "./support/processes.ts";
import { newSocketPath } from "./support/serve.ts";

const CLIENTS = 8;
const RENDERS = process.env["GVPIE_FULL"] === "1" ? 1_000 : 100;

test(`${CLIENTS} concurrent clients get ${RENDERS} correct replies each`, { timeout: 120_000 }, async () => {
  const dir = newSocketPath();
  const server = await startServer(dir);
  const pythons = Array.from({ length: CLIENTS / 2 }, () =>
    startPython(PYTHON_SPOOL_LOAD, { dir, count: RENDERS }),
  );
  const ours = Array.from({ length: CLIENTS / 2 }, async (_, client) => {
    await using socket = createFileSocketClient({ dir });
    let right = 0;
    for (let number = 0; number < RENDERS; number++) {
      const request = { code: `TXT ${client} ${number} ✓`, width: 64, height: 1 + (number % 50) };
      const { code, ...size } = request;
      const reply = await socket.render(code, size);
      right += Number(pattern({ ...request }).data.equals(Buffer.from(reply.data)));
    }
    return right;
  });
  expect(await Promise.all(ours)).toEqual(ours.map(() => RENDERS));
  for (const python of pythons) {
    expect(await python.waitForMessage("done")).toEqual({
      type: "done",
      right: RENDERS,
      wrong: 0,
      errors: [],
    });
  }
  for (const part of ["tmp", "new", "run", "out"]) expect(readdirSync(`${dir}/v1/${part}`)).toEqual([]);
  expect(await server.kill("SIGTERM")).toBe(0);
});
