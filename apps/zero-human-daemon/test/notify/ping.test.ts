import type { ConditionChange } from "@gvpie/daemon";
import { waitUntil } from "@gvpie/testing";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createPinger, type Pinger, type PingOptions } from "../../src/notify/ping.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Monitor {
  readonly address: string;
  readonly requests: { readonly url: string | undefined; readonly headers: IncomingMessage["headers"] }[];
  readonly lines: string[];
  answer: Answer;
  pinger(options?: Partial<PingOptions>): Pinger;
}

async function startMonitor(): Promise<Monitor> {
  const requests: Monitor["requests"] = [];
  const lines: string[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: `${request.method} ${request.url}`, headers: request.headers });
    monitor.answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const log = {
    info: (text: string): void => void lines.push(`info ${text}`),
    warn: (text: string): void => void lines.push(`warn ${text}`),
  };
  const monitor: Monitor = {
    address,
    requests,
    lines,
    answer: (_request, response) => void response.end("OK"),
    pinger(options) {
      const url = `http://user:pass@${address}/secret-key?rid=7#x`;
      const pinger = createPinger({ url, version: "1.2.3", log, intervalMs: 3_600_000, ...options });
      onTestFinished(() => pinger.close());
      return pinger;
    },
  };
  return monitor;
}

function change(type: ConditionChange["type"], level: "warn" | "error", subject?: string): ConditionChange {
  return {
    type,
    condition: { code: "X", level, message: "x", since: "" },
    message: "x",
    subject,
    lastedMs: 0,
  };
}

test("the address is requested at the start and at each interval", async () => {
  const { requests, pinger } = await startMonitor();
  pinger({ intervalMs: 5 }).start();
  await waitUntil(() => requests.length >= 3);
  expect(requests[0]?.url).toBe("GET /secret-key?rid=7");
  expect(requests[0]?.headers).toMatchObject({
    "user-agent": "zero-human-daemon/1.2.3",
    authorization: `Basic ${btoa("user:pass")}`,
  });
  expect(new Set(requests.map(({ url }) => url)).size).toBe(1);
});

test("an error is reported once with /fail, no ping follows while errors last, and one follows at the end", async () => {
  const { requests, pinger } = await startMonitor();
  const ping = pinger();
  ping.onCondition(change("raised", "warn"));
  ping.start();
  await waitUntil(() => requests.length === 1);
  ping.onCondition(change("raised", "error", "a"));
  await waitUntil(() => requests.length === 2);
  ping.onCondition(change("raised", "error", "b"));
  ping.onCondition(change("repeated", "error", "b"));
  ping.onCondition(change("cleared", "error", "a"));
  ping.onCondition(change("cleared", "warn"));
  ping.onCondition(change("cleared", "error", "b"));
  await waitUntil(() => requests.length === 3);
  expect(requests.map(({ url }) => url)).toEqual([
    "GET /secret-key?rid=7",
    "GET /secret-key/fail?rid=7",
    "GET /secret-key?rid=7",
  ]);
});

test("a /fail that was not delivered is sent again at the next interval, and only until it was", async () => {
  const monitor = await startMonitor();
  monitor.answer = (_request, response) => {
    response.statusCode = monitor.requests.length < 3 ? 503 : 200;
    response.end();
  };
  const ping = monitor.pinger({ intervalMs: 5 });
  ping.onCondition(change("raised", "error"));
  ping.start();
  await waitUntil(() => monitor.lines.length === 2);
  ping.onCondition(change("cleared", "error"));
  await waitUntil(() => monitor.requests.length >= 5);
  expect(monitor.requests.filter(({ url }) => url?.includes("/fail"))).toHaveLength(3);
});

test("the pings go on after an error that lasted for several intervals", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const monitor = await startMonitor();
  monitor.answer = (_request, response) => {
    response.statusCode = monitor.requests.length === 1 ? 503 : 200;
    response.end();
  };
  const ping = monitor.pinger({ intervalMs: 1_000 });
  ping.onCondition(change("raised", "error"));
  ping.start();
  await waitUntil(() => monitor.lines.length === 1);
  vi.advanceTimersByTime(1_000);
  // Now the second request is known to be delivered.
  await waitUntil(() => monitor.lines.length === 2);
  for (let i = 0; i < 3; i++) {
    await nextTurn();
    vi.advanceTimersByTime(1_000);
  }
  ping.onCondition(change("cleared", "error"));
  await waitUntil(() => monitor.requests.length === 3);
  expect(monitor.requests.map(({ url }) => url)).toEqual([
    "GET /secret-key/fail?rid=7",
    "GET /secret-key/fail?rid=7",
    "GET /secret-key?rid=7",
  ]);
});

describe("a monitor that does not accept a ping costs one warning, without the secret", () => {
  test.each<[string, Answer, string, number?]>([
    ["refuses it", (_request, response) => response.writeHead(404).end(), "expected status 200, got 404"],
    [
      "redirects it",
      (_request, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
      "expected status 200, got 302",
    ],
    ["closes the connection", (request) => request.socket.destroy(), "ECONNRESET"],
    ["does not answer", () => {}, "no answer within 0.2 s", 200],
  ])("one that %s", async (_name, answer, problem, deadlineMs = 60_000) => {
    const monitor = await startMonitor();
    monitor.answer = answer;
    monitor.pinger({ intervalMs: 5, deadlineMs }).start();
    await waitUntil(() => monitor.requests.length >= 3);
    monitor.answer = (_request, response) => response.end();
    await waitUntil(() => monitor.lines.length > 1);
    expect(monitor.lines).toEqual([
      `warn the ping of http://${monitor.address} failed: ${problem}; tried again every 0.005 s`,
      `info the ping of http://${monitor.address} succeeds again`,
    ]);
    expect(monitor.requests.every(({ url }) => url === "GET /secret-key?rid=7")).toBe(true);
  });

  test("one that speaks another protocol", async () => {
    const { lines, pinger } = await startMonitor();
    const server = createTcpServer((socket) => socket.end("220 smtp ready\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    pinger({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-key` }).start();
    await waitUntil(() => lines.length > 0);
    expect(lines[0]).toMatch(/^warn the ping of http:\/\/127\.0\.0\.1:\d+ failed: HPE_\w+; /);
  });

  test("one that is not there", async () => {
    const { lines, pinger } = await startMonitor();
    pinger({ url: "https://127.0.0.1:1/secret-key" }).start();
    await waitUntil(() => lines.length > 0);
    expect(lines[0]).toMatch(/^warn the ping of https:\/\/127\.0\.0\.1:1 failed: ECONNREFUSED; /);
  });
});

test("an endless answer is dropped at 64 KiB, and the ping counts", async () => {
  const monitor = await startMonitor();
  let isClosed = false;
  monitor.answer = (_request, response) => {
    response.on("close", () => (isClosed = true));
    const write = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    };
    response.on("drain", write);
    write();
  };
  monitor.pinger().start();
  await waitUntil(() => isClosed);
  expect(monitor.lines).toEqual([]);
});

test("a run of --once reports its result", async () => {
  const { requests, pinger } = await startMonitor();
  await pinger().finish(true);
  await pinger().finish(false);
  expect(requests.map(({ url }) => url)).toEqual(["GET /secret-key?rid=7", "GET /secret-key/fail?rid=7"]);
});

test("a closed pinger sends nothing more, and logs nothing", async () => {
  const monitor = await startMonitor();
  monitor.answer = () => {};
  const ping = monitor.pinger({ intervalMs: 5 });
  ping.start();
  await waitUntil(() => monitor.requests.length === 1);
  ping.close();
  await ping.finish(true);
  expect(monitor.requests).toHaveLength(1);
  expect(monitor.lines).toEqual([]);
});

test.each(["", "secret", "ftp://host/secret", "file:///secret", "http://", "javascript:secret"])(
  "the address %j is refused, and not repeated",
  async (url) => {
    const { pinger } = await startMonitor();
    expect(() => pinger({ url })).toThrow("--ping: expected an address such as https://example.com/key");
    expect(() => pinger({ url })).not.toThrow("secret");
  },
);
