import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "@gvpie/testing";
import { metricDrift, promtool } from "@gvpie/testing/promtool";
import { expect, test } from "vitest";
import { createWorkspace } from "./support/workspace.ts";

const README = new URL("../README.md", import.meta.url);
const LISTENING = /serving (http:\/\/127\.0\.0\.1:\d+\/); token in (\S+)/;

test("--http serves the page and metrics, and health turns bad while the renderer is gone", async (context) => {
  const { cwd, start, startRenderer, withStore } = createWorkspace();
  await withStore(async (store) => {
    await store.addScript({ name: 'a "b"\n\\c', lang: "gvpie", code: "RECT 0 0 8 8" });
  });
  const file = join(cwd, "gvpie.prom");
  const daemon = start("--http", "127.0.0.1:0", "--metrics-file", file, "--interval", "0.2");
  await daemon.waitForLine("; token in ");
  const [, url = "", tokenFile = ""] = LISTENING.exec(daemon.stderr) ?? [];
  expect(tokenFile).toBe("db/daemon.db.token");
  const headers = { authorization: `Bearer ${readFileSync(join(cwd, tokenFile), "utf8").trim()}` };
  const health = async (): Promise<string> => (await fetch(`${url}healthz`)).text();
  const metrics = async (): Promise<string> => (await fetch(`${url}metrics`, { headers })).text();

  await waitUntil(async () => (await health()) === "bad\n");
  expect(await metrics()).toContain('gvpie_condition{code="NO_RENDERER",level="error"} 1\n');
  expect(await metrics()).toContain("gvpie_renderer_up 0\n");
  await startRenderer();
  await waitUntil(async () => (await health()) === "ok\n");
  const run = /gvpie_runs_total\{lang="gvpie",result="succeeded",script="a \\"b\\"\\n\\\\c"\} [1-9]/;
  await waitUntil(async () => run.test(await metrics()));
  const text = await metrics();
  expect(text).toContain("gvpie_renderer_up 1\n");
  expect(text).toMatch(/gvpie_cartridges_written_total [1-9]/);
  for (const call of ["claim", "record", "next", "beat"]) {
    expect(text).toMatch(new RegExp(`gvpie_store_duration_seconds_count\\{call="${call}"\\} [1-9]`));
  }
  expect(text).toMatch(/gvpie_run_lateness_seconds_count\{lang="gvpie"\} [1-9]/);
  expect(text).toMatch(/^gvpie_scripts_enabled 2$/m);
  expect(text).toMatch(/^gvpie_starts_paused 0$/m);
  expect(text).toMatch(/gvpie_disk_free_bytes\{path="[^"]+"\} \d+\n/);

  const login = await fetch(url, { headers: { accept: "text/html" } });
  expect(new URL(login.url).pathname).toBe("/login");
  const page = await fetch(url, { headers });
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);

  expect(promtool(context, ["check", "metrics"], text)).toBe("");
  expect(metricDrift(text, readFileSync(README, "utf8"))).toEqual([]);
  expect(existsSync(file)).toBe(true);
  expect(await daemon.kill("SIGTERM")).toBe(0);
  expect(existsSync(file)).toBe(false);
});
