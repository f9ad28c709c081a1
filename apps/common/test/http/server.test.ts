import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpApp, LoginPage, Route } from "@gvpie/app-common/http";
import { waitUntil } from "@gvpie/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Reply, type Sent, serve, TOKEN } from "./support/serve.ts";

const login: LoginPage = ({ next, error }) => ({ type: "text/html", body: `login ${next} ${error ?? ""}` });
const APP: HttpApp = {
  login,
  routes: [
    { method: "GET", path: "/", handle: ({ csrf }) => ({ type: "text/html", body: csrf ?? "bearer" }) },
    { method: "GET", path: "/open", access: "public", handle: () => ({ body: "open" }) },
    { method: "GET", path: "/runs/:id", handle: ({ params }) => ({ body: params["id"] ?? "" }) },
    { method: "GET", path: "/pictures/:run.png", handle: ({ params }) => ({ body: params["run"] ?? "" }) },
    { method: "GET", path: "/tagged", handle: () => ({ body: "once", headers: { etag: '"a"' } }) },
    {
      method: "GET",
      path: "/fails",
      handle: () => {
        throw new Error("a secret of the process");
      },
    },
    { method: "POST", path: "/pause", handle: ({ form }) => ({ body: `paused ${form.get("name")}` }) },
  ],
};

/** Opens a connection and writes to it. Resolves with everything received once it is closed. */
async function raw(port: number, text: string): Promise<string> {
  const socket = open(port);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.write(text);
  await once(socket, "close");
  return received;
}

function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe("a request is refused", () => {
  test.each<[string, string, Sent, number]>([
    ["without a token", "/", { token: null }, 401],
    ["with a wrong token", "/", { token: `${TOKEN}x` }, 401],
    ["with an empty token", "/", { headers: { authorization: "Bearer " }, token: null }, 401],
    ["with another scheme", "/", { headers: { authorization: `Basic ${TOKEN}` }, token: null }, 401],
    ["for another host", "/open", { headers: { host: "evil.example" } }, 421],
    ["for another host with the port", "/open", { headers: { host: "evil.example:80" } }, 421],
    ["for a host that only begins like ours", "/open", { headers: { host: "localhost.evil.example" } }, 421],
    ["for another address", "/open", { headers: { host: "10.0.0.1" } }, 421],
    ["with user information in the host", "/open", { headers: { host: "a@localhost" } }, 421],
    ["for an unknown path", "/nothing", {}, 404],
    ["for a path with two slashes", "//open", {}, 400],
    ["with damaged percents", "/runs/%ff", {}, 400],
    ["with another method", "/open", { method: "DELETE" }, 405],
    ["with OPTIONS", "/open", { method: "OPTIONS" }, 405],
    ["that posts to a page", "/open", { method: "POST" }, 405],
    ["for a page, with a body", "/open", { body: "x", headers: { "content-length": "1" } }, 400],
    ["with a body that is too large", "/pause", { method: "POST", body: "a".repeat(65_537) }, 413],
    ["with a body of another type", "/pause", { method: "POST", body: "{}" }, 415],
    ["that fails", "/fails", {}, 500],
  ])("%s", async (_, path, sent, status) => {
    const { send } = await serve(APP);
    const reply = await send(path, sent);
    expect(reply.status).toBe(status);
    expect(reply.body).not.toContain("secret");
    expect(reply.headers["content-security-policy"]).toContain("default-src 'none'");
  });

  test.each([
    ["two hosts", "GET /open HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", "400"],
    ["no host", "GET /open HTTP/1.1\r\n\r\n", "400"],
    ["an absolute target", "GET http://localhost/open HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"],
    [
      "a head that is too long",
      `GET /open HTTP/1.1\r\nHost: localhost\r\nA: ${"a".repeat(20_000)}\r\n\r\n`,
      "431",
    ],
    [
      "two lengths",
      "POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      "400",
    ],
    ["no HTTP", "\u0016\u0003\u0001", "400"],
  ])("with %s", async (_, text, status) => {
    const { port } = await serve(APP);
    expect(await raw(port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  });
});

test("a name of --http-host, and every spelling of this machine, is a host", async () => {
  const { send } = await serve(APP, { names: ["panel.example"] });
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "Panel.Example:443"]) {
    expect((await send("/open", { headers: { host } })).status).toBe(200);
  }
});

test("routes, HEAD and etags", async () => {
  const { send } = await serve(APP);
  expect((await send("/runs/a%2F%3Cb%3E")).body).toBe("a/<b>");
  expect((await send("/pictures/12.png?x=1")).body).toBe("12");
  expect(await send("/open", { method: "HEAD" })).toMatchObject({
    status: 200,
    body: "",
    headers: { "content-length": "4", "cache-control": "no-store", "x-content-type-options": "nosniff" },
  });
  const known = await send("/tagged", { headers: { "if-none-match": 'W/"b", "a"' } });
  expect([known.status, known.body]).toEqual([304, ""]);
});

describe("a session", () => {
  const FORM = { "content-type": "application/x-www-form-urlencoded" };
  const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

  async function browser(now = { ms: 0 }) {
    const { port, send } = await serve(APP, { now: () => now.ms });
    const origin = `http://127.0.0.1:${port}`;
    const headers = { ...FORM, host: `127.0.0.1:${port}`, origin, "sec-fetch-site": "same-origin" };
    const post = (path: string, body: string, more: object = {}): Promise<Reply> =>
      send(path, { method: "POST", token: null, body, headers: { ...headers, ...more } });
    const logIn = async (key: string, next = "/"): Promise<Reply & { cookie: string }> => {
      const reply = await post("/login", form({ key, next }));
      return { ...reply, cookie: reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "" };
    };
    return { port, send, post, logIn, now };
  }

  test("is opened by the token, changes things with the form of its pages, and ends", async () => {
    const { port, send, post, logIn } = await browser();
    const asked = await send("/runs/7?a=b", { token: null, headers: { accept: "text/html" } });
    expect([asked.status, asked.headers.location]).toEqual([303, "/login?next=%2Fruns%2F7%3Fa%3Db"]);
    const { status, headers, cookie } = await logIn(TOKEN, "/runs/7?a=b");
    expect([status, headers.location]).toEqual([303, "/runs/7?a=b"]);
    expect(headers["set-cookie"]).toEqual([
      expect.stringMatching(
        new RegExp(`^gvpie_session_${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000$`),
      ),
    ]);
    expect(cookie).not.toContain(TOKEN);
    const { body: csrf } = await send("/", { token: null, headers: { cookie } });
    const done = await post("/pause", form({ csrf, name: "a" }), { cookie });
    expect([done.status, done.body]).toEqual([200, "paused a"]);
    expect((await post("/logout", form({ csrf }), { cookie })).status).toBe(303);
    expect((await send("/", { token: null, headers: { cookie } })).status).toBe(401);
  });

  test.each<[string, object]>([
    ["from another site", { origin: "http://evil.example", "sec-fetch-site": "cross-site" }],
    ["from another port of this host", { origin: "http://127.0.0.1:3000", "sec-fetch-site": "same-site" }],
    [
      "from another origin, by an old browser",
      { origin: "http://evil.example", "sec-fetch-site": undefined },
    ],
    ["from a sandboxed frame", { origin: "null" }],
  ])("refuses a form %s", async (_, more) => {
    const { send, post, logIn } = await browser();
    const { cookie } = await logIn(TOKEN);
    const { body: csrf } = await send("/", { token: null, headers: { cookie } });
    const defined = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
    const reply = await post("/pause", form({ csrf, name: "a" }), { cookie, ...defined });
    expect(reply.status).toBe(403);
    expect((await post("/login", form({ key: TOKEN }), defined)).status).toBe(403);
  });

  test("refuses a form without its own CSRF token", async () => {
    const { send, post, logIn } = await browser();
    const [first, second] = [await logIn(TOKEN), await logIn(TOKEN)];
    const { body: csrf } = await send("/", { token: null, headers: { cookie: first.cookie } });
    for (const fields of [{}, { csrf: "" }, { csrf: TOKEN }, { csrf }]) {
      const reply = await post("/pause", form({ name: "a", ...fields }), { cookie: second.cookie });
      expect(reply.status).toBe(403);
    }
  });

  test("is opened once by a code, within a minute", async () => {
    const { send, logIn, now } = await browser();
    const code = async (): Promise<string> => (await send("/login/code", { method: "POST" })).body.trim();
    const first = await code();
    expect((await logIn(first)).status).toBe(303);
    expect((await logIn(first)).status).toBe(401);
    const second = await code();
    now.ms += 60_000;
    expect((await logIn(second)).status).toBe(401);
    const { cookie } = await logIn(TOKEN);
    const refused = await send("/login/code", { method: "POST", token: null, headers: { cookie } });
    expect(refused.status).toBe(403);
  });

  test("ends after 30 days, and at the 65th that is opened after it", async () => {
    const { send, logIn, now } = await browser();
    const get = async (cookie: string): Promise<number> =>
      (await send("/", { token: null, headers: { cookie } })).status;
    const { cookie } = await logIn(TOKEN);
    for (let i = 0; i < 63; i++) await logIn(TOKEN);
    expect(await get(cookie)).toBe(200);
    const { cookie: last } = await logIn(TOKEN);
    for (let i = 0; i < 64; i++) await logIn(TOKEN);
    expect(await get(cookie)).toBe(401);
    expect(await get(last)).toBe(401);
    const { cookie: next } = await logIn(TOKEN);
    now.ms += 30 * 86_400_000;
    expect(await get(next)).toBe(401);
  });

  test.each(["//evil.example", "/\\evil.example", "http://evil.example", "/a\r\nset-cookie: b", ""])(
    "goes to no other host: next %j",
    async (next) => {
      const { logIn } = await browser();
      expect((await logIn(TOKEN, next)).headers.location).toBe("/");
    },
  );
});

test("five wrong tokens a second are answered 401, more 429; the right one always passes", async () => {
  const now = { ms: 0 };
  const { send } = await serve(APP, { now: () => now.ms });
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) statuses.push((await send("/", { token: "wrong" })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  expect((await send("/")).status).toBe(200);
  now.ms += 1_000;
  expect((await send("/", { token: "wrong" })).status).toBe(401);
});

test("connections that say nothing, however many, keep no client out", async () => {
  const { port, send } = await serve(APP, { maxConnections: 8 });
  const idle = Array.from({ length: 100 }, () => open(port));
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  expect((await send("/open")).body).toBe("open");
  await waitUntil(() => idle.filter(({ destroyed }) => !destroyed).length <= 8);
});

test("forms that are sent byte by byte, however many, keep no client out", async () => {
  const { port, send } = await serve(APP, { maxConnections: 8 });
  const head = `POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nContent-Length: 99\r\n\r\n`;
  const slow: Socket[] = [];
  for (let i = 0; i < 30; i++) {
    const socket = open(port);
    slow.push(socket);
    await new Promise((resolve) => void socket.write(`${head}a`, resolve));
    expect((await send("/open")).body).toBe("open");
  }
  await waitUntil(() => slow.filter(({ destroyed }) => !destroyed).length <= 8);
});

test("a client that does not read its reply is disconnected, and one that reads is not", async () => {
  const signals: AbortSignal[] = [];
  const handle: Route["handle"] = ({ signal }) => {
    signals.push(signal);
    return { body: new Uint8Array(33_554_432) };
  };
  const app: HttpApp = { routes: [{ method: "GET", path: "/large", handle }] };
  const { port } = await serve(app, { timeoutMs: 100 });
  const reader = open(port);
  reader.write(`GET /large HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  await waitUntil(() => signals[0]?.aborted === true);
  // Beside other work, 32 MiB may take seconds.
  const { send } = await serve(app, { timeoutMs: 1_000 });
  expect((await send("/large")).body).toHaveLength(33_554_432);
});

test("a slow writer is answered 408", async () => {
  const { port } = await serve(APP, { timeoutMs: 200 });
  expect(await raw(port, "GET /open HTTP/1.1\r\nHost: loc")).toMatch(/^HTTP\/1\.1 408/);
  expect(await raw(port, "POST /pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na")).toMatch(
    /^HTTP\/1\.1 40[18]/,
  );
});

test("2,000 page loads, 200 at a time, are all answered", async () => {
  const { send } = await serve(APP);
  const counts = new Map<number, number>();
  let left = 2_000;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { status } = await send("/", { token: null }).catch(() => ({ status: 0 }));
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 200 }, client));
  expect([...counts]).toEqual([[401, 2_000]]);
  expect((await send("/")).status).toBe(200);
});
