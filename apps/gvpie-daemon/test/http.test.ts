import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "@gvpie/testing";
import { metricDrift, promtool } from "@gvpie/testing/promtool";
import { temporaryDirectory } from "@gvpie/testing/vitest";
import { expect, test } from "vitest";
import { connect, serve, sharedPath, startDaemon } from "./support/daemon.ts";

const README = new URL("../README.md", import.meta.url);
const LISTENING = /serving (http:\/\/127\.0\.0\.1:\d+\/); token in (\S+)/;

test("--http serves health to everybody, and metrics for the token", async (context) => {
  const dir = sharedPath();
  const file = join(temporaryDirectory(), "gvpie.prom");
  const daemon = await serve(dir, ["--http", "127.0.0.1:0", "--metrics-file", file]);
  await daemon.waitForLine("; token in ");
  const [, url = "", tokenFile = ""] = LISTENING.exec(daemon.stderr) ?? [];
  expect(tokenFile).toBe(`${dir}.token`);
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
  const token = readFileSync(tokenFile, "utf8").trim();
  expect(token).toMatch(/^[\w-]{43}$/);

  const client = connect(dir);
  await client.render("RECT 0 0 8 8");
  await expect(client.render("FOO")).rejects.toThrow("FOO");

  const health = await fetch(`${url}healthz`);
  expect([health.status, await health.text()]).toEqual([200, "ok\n"]);
  expect((await fetch(`${url}metrics`)).status).toBe(401);
  const get = async (): Promise<string> => {
    const reply = await fetch(`${url}metrics`, { headers: { authorization: `Bearer ${token}` } });
    return reply.text();
  };
  const ok = 'gvpie_renderer_requests_total{via="spool",status="ok"} 1\n';
  await waitUntil(async () => (await get()).includes(ok));
  const text = await get();
  expect(text).toContain('gvpie_renderer_requests_total{via="spool",status="bad_program"} 1\n');
  expect(text).toContain('gvpie_renderer_render_duration_seconds_count{backend="cpu"} 1\n');
  expect(text).toMatch(/gvpie_renderer_info\{version="[\d.]+",backend="cpu",adapter="cpu"\} 1\n/);
  expect(readFileSync(file, "utf8")).toContain("gvpie_renderer_serving 1\n");

  expect(text).toContain("gvpie_renderer_unread_replies 0\n");
  expect(promtool(context, ["check", "metrics"], text)).toBe("");
  expect(metricDrift(text, readFileSync(README, "utf8"))).toEqual([]);
  expect(await daemon.kill("SIGTERM")).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test("without --http there is no port and no token", async () => {
  const dir = sharedPath();
  const daemon = await serve(dir);
  expect(daemon.stderr).not.toContain("http:");
  expect(existsSync(`${dir}.token`)).toBe(false);
});

test("an address in use is a temporary failure, and a token that others may read a wrong setting", async () => {
  const first = await serve(sharedPath(), ["--http", "127.0.0.1:0"]);
  await first.waitForLine("; token in ");
  const [, url = ""] = LISTENING.exec(first.stderr) ?? [];
  const { port } = new URL(url);
  const second = await startDaemon(["--dir", sharedPath(), "--http", `127.0.0.1:${port}`]).result();
  expect(second).toMatchObject({
    status: 75,
    stderr: expect.stringContaining(`port ${port}: another process uses it`),
  });
  const dir = sharedPath();
  const token = join(temporaryDirectory(), "token");
  writeFileSync(token, "a-token-that-is-long-enough-for-a-server", { mode: 0o644 });
  const third = await startDaemon(["--dir", dir, "--http", "127.0.0.1:0", "--http-token", token]).result();
  expect(third).toMatchObject({
    status: 78,
    stderr: expect.stringContaining("to have the mode 600, got 644"),
  });
});

test.each([
  [["--http", "8438"], "127.0.0.1:8437"],
  [["--http", "127.0.0.1:65536"], "127.0.0.1:8437"],
  [["--http", "example.org:80"], "127.0.0.1:8437"],
  [["--http-host", "a b"], "Expected a host name"],
  [["--metrics-file", "/tmp/metrics.txt"], ".prom"],
])("%j is wrong usage", async (args, says) => {
  const { status, stderr } = await startDaemon(["--dir", sharedPath(), ...args]).result();
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(says) });
});
