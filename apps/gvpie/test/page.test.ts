import { createHttpServer, openToken } from "@gvpie/app-common/http";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gvpie } from "./support/gvpie.ts";

async function serve(token: string): Promise<number> {
  const server = await createHttpServer({
    host: "127.0.0.1",
    port: 0,
    token,
    app: { routes: [], login: () => ({ body: "" }) },
    main: { health: async () => undefined, metrics: async () => [], onEvent: () => () => {}, log: () => {} },
  });
  onTestFinished(() => server.close());
  return server.port;
}

test("page prints an address whose code signs in once", async () => {
  const cwd = temporaryDirectory();
  const port = await serve(openToken(join(cwd, "daemon.db.token")));
  const found = await gvpie(["page", "--db", "daemon.db", "--http", `127.0.0.1:${port}`], { cwd });
  expect(found).toMatchObject({ status: 0, stderr: "" });
  const [, origin = "", code = ""] =
    /^(http:\/\/127\.0\.0\.1:\d+)\/login#([\w-]+)\n$/.exec(found.stdout) ?? [];
  const signIn = async () => {
    const body = new URLSearchParams({ key: code, next: "/" });
    return fetch(`${origin}/login`, { method: "POST", body, redirect: "manual", headers: { origin } });
  };
  expect((await signIn()).headers.get("set-cookie")).toContain("HttpOnly");
  expect((await signIn()).headers.get("set-cookie")).toBeNull();
});

test("page says what is missing", async () => {
  const cwd = temporaryDirectory();
  const page = async (...args: string[]) => gvpie(["page", "--db", "daemon.db", ...args], { cwd });
  expect(await page()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("there is no token file"),
  });
  writeFileSync(join(cwd, "daemon.db.token"), "x".repeat(43));
  chmodSync(join(cwd, "daemon.db.token"), 0o644);
  expect(await page()).toMatchObject({ status: 1, stderr: expect.stringContaining("mode 600, got 644") });
  chmodSync(join(cwd, "daemon.db.token"), 0o600);
  const port = await serve("y".repeat(43));
  expect(await page("--http", `127.0.0.1:${port}`)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is the token that of this daemon?"),
  });
  expect(await page("--http", "127.0.0.1:1")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("start zero-human-daemon --http 127.0.0.1:1"),
  });
  expect(await page("--http", "example.org/x")).toMatchObject({ status: 2 });
});
