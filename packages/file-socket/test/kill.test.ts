import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createFileSocketClient, FileSocketError } from "@gvpie/file-socket";
import { type TestProcess } from "@gvpie/testing";
import { pattern, RawSpoolClient } from "@gvpie/testing/file-socket";
import { expect, test } from "vitest";
import { startServer } from "./support/processes.ts";
import { newSocketPath } from "./support/serve.ts";

const KILLS = process.env["GVPIE_FULL"] === "1" ? 60 : 6;

/** Returns true for FSOCK_POISON: on a busy machine, two kills may hit one request. Rethrows any other error. */
function isPoison(error: unknown): true {
  if (error instanceof FileSocketError && error.code === "FSOCK_POISON") return true;
  throw error;
}

test(
  `no request is lost when the server is killed ${KILLS} times under load`,
  { timeout: 120_000 },
  async () => {
    const dir = newSocketPath();
    let server: TestProcess = await startServer(dir);
    const over = new AbortController();
    const clients = Array.from({ length: 3 }, async (_, client) => {
      await using socket = createFileSocketClient({ dir });
      let served = 0;
      for (let number = 0; !over.signal.aborted; number++) {
        const code = `${number % 3 === 0 ? "!sleep 5" : "now"}\n${client} ${number}`;
        const reply = await socket.render(code, { width: 16, height: 16, timeoutMs: 60_000 }).catch(isPoison);
        if (reply === true) continue;
        const right = pattern({ code, width: 16, height: 16 }).data;
        expect(right.equals(Buffer.from(reply.data))).toBe(true);
        served++;
      }
      return served;
    });
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(20 + Math.random() * 100);
      await server.kill("SIGKILL");
      server = await startServer(dir);
    }
    over.abort();
    expect(Math.min(...(await Promise.all(clients)))).toBeGreaterThan(KILLS);
    await server.kill("SIGTERM");
    for (const part of ["tmp", "new", "run", "out"]) expect(readdirSync(`${dir}/v1/${part}`)).toEqual([]);
  },
);

test(
  "no reply is published twice when the server is killed between two replies",
  { timeout: 60_000 },
  async () => {
    const dir = newSocketPath();
    let server = await startServer(dir);
    const client = new RawSpoolClient(dir);
    const seen = new Map<string, number>();
    for (let round = 0; round < 5; round++) {
      const ids = Array.from({ length: 8 }, (_, index) => client.render(`!sleep ${index}`));
      await sleep(Math.random() * 12);
      await server.kill("SIGKILL");
      server = await startServer(dir);
      for (const id of ids) {
        const { header } = await client.reply(id);
        expect(["ok", "poison"]).toContain(header.status);
        seen.set(header.id, (seen.get(header.id) ?? 0) + 1);
      }
    }
    await sleep(300);
    expect(readdirSync(client.replyDirectory)).toEqual([]);
    expect([...seen.values()]).toEqual(Array.from({ length: 40 }, () => 1));
    await server.kill("SIGTERM");
  },
);
