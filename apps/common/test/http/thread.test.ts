import { once } from "node:events";
import { createServer } from "node:net";
import { request } from "node:http";
import { startHttpThread, type HttpThread, threadModule } from "@gvpie/app-common/http";
import { waitUntil } from "@gvpie/testing";
import { expect, onTestFinished, test } from "vitest";
import { send, TOKEN } from "./support/serve.ts";

const MODULE = new URL("support/echo-thread.ts", import.meta.url);

async function start(
  options: Partial<Parameters<typeof startHttpThread>[0]> = {},
): Promise<{ thread: HttpThread; lines: string[] }> {
  const lines: string[] = [];
  const thread = await startHttpThread({
    module: MODULE,
    address: { host: "127.0.0.1", port: 0 },
    names: [],
    token: TOKEN,
    data: { db: "daemon.db" },
    health: () => ({ isHealthy: true }),
    metrics: () => [{ name: "gvpie_up", help: "One.", type: "gauge", samples: [{ value: 1 }] }],
    log: (level, message) => lines.push(`${level} ${message}`),
    ...options,
  });
  onTestFinished(() => thread.close());
  return { thread, lines };
}

test("serves health, metrics and the app's routes from a thread", async () => {
  const { thread } = await start();
  const { port } = thread.address;
  expect(await send(port, "/healthz", { token: null })).toMatchObject({ status: 200, body: "ok\n" });
  const metrics = await send(port, "/metrics");
  expect(metrics.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(metrics.body).toBe("# HELP gvpie_up One.\n# TYPE gvpie_up gauge\ngvpie_up 1\n");
  expect((await send(port, "/data")).body).toBe('{"db":"daemon.db"}');
});

test("passes events to open pages", async () => {
  const { thread } = await start();
  const { port } = thread.address;
  const sent = request({ port, path: "/events", headers: { authorization: `Bearer ${TOKEN}` } });
  sent.end();
  const [response] = (await once(sent, "response")) as [AsyncIterable<Buffer> & NodeJS.ReadableStream];
  let received = "";
  response.on("data", (chunk: Buffer) => {
    received += chunk.toString();
    if (received.includes("hello") && !received.includes("change")) thread.publish({ run: 7 });
  });
  await waitUntil(() => received.includes('event: change\ndata: {"run":7}\n\n'));
  await thread.close();
});

test("a main thread that fails to answer is not healthy", async () => {
  const { thread, lines } = await start({
    health: () => {
      throw new Error("no store");
    },
  });
  expect(await send(thread.address.port, "/healthz", { token: null })).toMatchObject({
    status: 503,
    body: "bad\n",
  });
  expect(lines).toEqual(["error cannot read the health of the daemon: Error: no store"]);
});

test("an address that another process uses is refused with its code", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await expect(start({ address: { host: "127.0.0.1", port } })).rejects.toMatchObject({
    message: `cannot serve HTTP at 127.0.0.1, port ${port}: another process uses it`,
    cause: { code: "EADDRINUSE" },
  });
});

test("a thread that dies is started again on the same port", async () => {
  const { thread, lines } = await start();
  const { port } = thread.address;
  await send(port, "/crash", { method: "POST" });
  await waitUntil(() => lines.includes("info the HTTP server serves again"));
  expect(lines[0]).toBe("error the HTTP server ended (crashed on request); starting it again in 1000 ms");
  expect((await send(port, "/data")).status).toBe(200);
  expect(thread.address.port).toBe(port);
});

test("the module of a thread has the form of its importer", () => {
  const found = (importer: string): string => threadModule("http-thread", importer).href;
  expect(found("file:///app/src/main.ts")).toBe("file:///app/src/http-thread.ts");
  expect(found("file:///app/dist/main.js")).toBe("file:///app/dist/http-thread.js");
  expect(found("file:///app/bundle/main.mjs")).toBe("file:///app/bundle/http-thread.mjs");
});
