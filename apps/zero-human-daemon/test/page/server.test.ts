import { asDatabase } from "./support/raw-database.ts";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { failRun, servePage } from "./support/page-server.ts";

const HOSTILE = `"><img src=x onerror=alert(1)>\u202e\u0007`;
const ONE = { name: "one", lang: "pixel" as const, code: "RECT 1 1 4 4\n" };

const form = (fields: Readonly<Record<string, string>>): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
});

describe("a view", () => {
  test("shows names, code and output of any content as text", async () => {
    const { store, send } = await servePage({ ...ONE, name: HOSTILE, code: `TXT 1 1 ${HOSTILE}\n` });
    await failRun(store, HOSTILE, `RUN_FAILED: ${HOSTILE}</pre><script>alert(2)</script>`);
    await store.updateScript(HOSTILE, { code: "HALT\n</pre><script>" });
    const { id } = await store.getScript(HOSTILE);
    const [run] = await store.listRuns();
    for (const path of [
      "/",
      `/scripts/${id}`,
      `/scripts/${id}/versions/1`,
      "/runs",
      `/runs/${run?.id}`,
      "/daemons",
    ]) {
      const reply = await send(path);
      const text = await reply.text();
      const raw = ["<img src=x", "<script>", "\u202e", "\u0007"].filter((one) => text.includes(one));
      expect([path, reply.status, raw]).toEqual([path, 200, []]);
      expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });

  test.each([
    ["/scripts/99", 404],
    ["/scripts/x", 404],
    ["/scripts/99999999999999999999", 404],
    ["/scripts/-9223372036854775808", 404],
    ["/runs/9", 404],
    ["/runs/1%00", 404],
    ["/scripts/2/versions/7", 404],
    ["/cartridges/9/verify", 404],
    ["/cartridges/9.png", 404],
    ["/pictures/9.png", 404],
    ["/pictures/..%2f..%2fetc%2fpasswd.png", 404],
    ["/runs?since=yesterday", 400],
    ["/runs?since=2026-02-30", 400],
    ["/runs?before=x", 404],
    ["/runs?script=unknown", 404],
    ["/runs?since=2026-11-28T02:00&until=2026-11-29&result=failed", 200],
    ["/?after=77&state=nonsense&name=%00", 200],
  ])("%s gives %d and says why", async (path, status) => {
    const { send } = await servePage(ONE);
    const reply = await send(path);
    expect(reply.status).toBe(status);
    expect(await reply.text()).not.toContain("internal error");
  });

  test("of runs accepts the values of its own form", async () => {
    const { send } = await servePage(ONE);
    const first = await (await send("/runs?since=2026-11-28&until=2026-11-29T01:30")).text();
    const shown = (name: string): string =>
      new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(first)?.[1] ?? "";
    const query = new URLSearchParams({ since: shown("since"), until: shown("until") });
    expect(query.get("until")).toMatch(/^2026-11-29T01:30/);
    expect((await send(`/runs?${query.toString()}`)).status).toBe(200);
  });

  test("pages 120 scripts by links that lead through all of them once", async () => {
    const scripts = Array.from({ length: 120 }, (_, i) => ({ ...ONE, name: `script ${i}` }));
    const { send } = await servePage(...scripts);
    const found: string[] = [];
    for (let path: string | undefined = "/?name=script"; path !== undefined;) {
      const text = await (await send(path)).text();
      found.push(...Array.from(text.matchAll(/title="(script \d+)"/g), (match) => match[1] ?? ""));
      path = /href="([^"]*)"\s+rel="next"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(found).toHaveLength(120);
    expect(new Set(found).size).toBe(120);
  });
});

describe("a form", () => {
  test("asks for a run, pauses, resumes, and sets an interval or a cron line", async () => {
    const { store, send } = await servePage(ONE);
    const { id } = await store.getScript("one");
    const post = async (action: string, fields: Readonly<Record<string, string>> = {}) => {
      const reply = await send(`/scripts/${id}/${action}`, form(fields));
      expect([action, reply.status]).toEqual([action, 303]);
      return reply.headers.get("location");
    };
    expect(await post("run")).toBe(`/scripts/${id}?done=run`);
    expect(await post("pause", { paused: "1" })).toBe(`/scripts/${id}?done=paused`);
    expect((await store.getScript("one")).pausedAt).toBeDefined();
    await post("pause", { paused: "0" });
    expect((await store.getScript("one")).pausedAt).toBeUndefined();
    await post("interval", { interval: " 15m " });
    expect((await store.getScript("one")).options).toEqual({ intervalMs: 900_000 });
    await post("cron", { cron: "0 7 * * 1-5", zone: "Europe/Berlin" });
    expect((await store.getScript("one")).options).toMatchObject({
      cron: "0 7 * * 1-5",
      timeZone: "Europe/Berlin",
    });
    await post("cron");
    await post("interval");
    expect((await store.getScript("one")).options).toEqual({});
    expect((await send("/pause", form({ paused: "1" }))).headers.get("location")).toBe(
      "/daemons?done=paused",
    );
    expect((await store.readOverview({ failuresSince: "2026" })).pausedAt).toBeDefined();
  });

  test.each([
    ["interval", { interval: "soon" }, 400, "interval: expected a duration"],
    ["interval", { interval: "-5s" }, 400, "interval: expected a duration"],
    ["cron", { cron: "never" }, 400, "STORE_BAD_SCRIPT"],
    ["cron", { cron: "0 7 * * *", zone: "Mars/Olympus" }, 400, "STORE_BAD_SCRIPT"],
    ["cron", { zone: "UTC" }, 400, "expected a cron line for the time zone"],
    ["pause", { paused: "maybe" }, 400, "paused: expected 0 or 1"],
    ["pause", {}, 400, "paused: expected 0 or 1"],
  ])("%s with %j is refused, and changes nothing", async (action, fields, status, message) => {
    const { store, send } = await servePage(ONE);
    const before = await store.getScript("one");
    const reply = await send(`/scripts/${before.id}/${action}`, form(fields));
    expect(reply.status).toBe(status);
    expect(await reply.text()).toContain(message);
    expect(await store.getScript("one")).toEqual(before);
  });

  test("for a script that is gone is not found", async () => {
    const { send } = await servePage(ONE);
    expect((await send("/scripts/77/run", form({}))).status).toBe(404);
  });
});

describe("a picture", () => {
  test("is never the file that a row names, only a recorded one", async () => {
    const { store, path, send, cartridges, runOnce } = await servePage(ONE);
    await runOnce();
    const secret = join(cartridges, "..", "secret.png");
    writeFileSync(secret, "secret");
    const { id } = await store.getScript("one");
    const [run] = await store.listRuns();
    asDatabase(path, (database) =>
      database.prepare("UPDATE improvement_runs SET cartridge_path = ? WHERE id = ?").run(secret, run?.id),
    );
    const page = await (await send(`/runs/${run?.id}`)).text();
    expect(page).not.toContain("/pictures/");
    asDatabase(path, (database) => {
      const root = database.prepare("INSERT INTO cartridge_roots (uri, host) VALUES (?, ?) RETURNING id");
      const { id: rootId } = root.get(pathToFileURL(join(cartridges, "nowhere")).href, hostname()) as {
        id: number;
      };
      database
        .prepare(
          "INSERT INTO cartridges (id, root_id, key, script_id, first_run_id, last_run_id) VALUES (900, ?, '../secret.png', ?, 1, 1)",
        )
        .run(rootId, id);
    });
    for (const address of ["/pictures/900.png", "/cartridges/900.png"]) {
      const reply = await send(address);
      expect([address, reply.status]).toEqual([address, 404]);
      expect(await reply.text()).not.toContain("secret<");
    }
  });
});
