// The page in a real browser, as an operator sees it.
import type { NewScript } from "@gvpie/daemon/store";
import {
  type Browser,
  type BrowserContext,
  type Page,
  requireChromium,
  startBrowser,
} from "@gvpie/testing/browser";
import axe from "axe-core";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, type TestContext } from "vitest";
import { asDatabase } from "./support/raw-database.ts";
import { failRun, type PageServer, servePage, TOKEN } from "./support/page-server.ts";

const LONG_NAME = "a".repeat(300);
const SCRIPTS: readonly NewScript[] = [
  {
    name: "clock",
    lang: "pixel",
    code: "RECT 1 1 40 20\nTXT 4 30 12:00\n",
    options: { intervalMs: 900_000 },
  },
  { name: "broken \u202e<b>", lang: "pixel", code: "RECT 1\n", options: { cron: "0 7 * * 1-5" } },
  { name: LONG_NAME, lang: "pixel", code: "HALT\n" },
];

let browser: Browser | undefined;

beforeAll(() => {
  execFileSync(process.execPath, [fileURLToPath(new URL("../../build-page.mjs", import.meta.url))]);
});
afterAll(() => browser?.close());

interface OpenPage {
  readonly page: Page;
  readonly server: PageServer;
  /** Errors on the console, and requests to other hosts. */
  readonly complaints: string[];
}

type ContextOptions = Parameters<Browser["newContext"]>[0];

async function open(
  context: TestContext,
  options: ContextOptions = {},
  scripts: readonly NewScript[] = SCRIPTS,
): Promise<OpenPage> {
  browser ??= await startBrowser(requireChromium(context));
  const server = await servePage(...scripts);
  const session: BrowserContext = await browser.newContext({ baseURL: server.url, ...options });
  onTestFinished(() => session.close());
  const page = await session.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) complaints.push(request.url());
  });
  return { page, server, complaints };
}

async function signIn(page: Page, to = "/"): Promise<void> {
  await page.goto(to);
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

describe.each([
  ["light, on a desk", { colorScheme: "light", viewport: { width: 1280, height: 800 } }],
  ["dark, on a phone", { colorScheme: "dark", viewport: { width: 360, height: 740 } }],
] satisfies [string, ContextOptions][])("%s", (_, options) => {
  test("no view has a barrier, an error, a foreign request or a wide line", async (context) => {
    const { page, server, complaints } = await open(context, options);
    const { store } = server;
    await server.runOnce();
    await store.updateScript("clock", { code: "RECT 1 1 50 20\nTXT 4 30 12:01\n" });
    await server.runOnce();
    const cron = `${Array.from({ length: 60 }, (_, minute) => minute).join()} 1,2,3,4,5,6,7,8,9 * * *`;
    await store.addScript({ name: "often", lang: "pixel", code: "HALT", options: { cron } });
    await failRun(store, "broken \u202e<b>", "RUN_TIMEOUT: expected the run to end\nwithin 10 s");
    const at = new Date().toISOString();
    const condition = { code: "NO_RENDERER", level: "error", message: "no renderer", since: at } as const;
    await store.beat({
      host: "box",
      pid: 7,
      version: "1.0.0",
      startedAt: at,
      state: {
        dir: "/run/gvpie",
        cartridges: "/srv/c",
        concurrency: 4,
        busy: 1,
        waiting: [],
        conditions: [condition],
      },
    });
    asDatabase(server.path, (database) => database.exec("UPDATE script_schedule SET due_at_ms = 1"));
    const { id } = await store.getScript("clock");
    const [run] = await store.listRuns({ script: "clock" });
    const [drawn] = await store.listRuns({ script: LONG_NAME });
    const file = drawn && (await store.findPictures([drawn.id])).get(drawn.id);
    await page.goto("/login");
    expect(await barriers(page)).toEqual([]);
    await signIn(page);
    const views = [
      "/",
      "/?state=failing",
      `/scripts/${id}`,
      `/scripts/${id}/versions/1`,
      "/runs",
      `/runs/${run?.id}`,
      `/cartridges/${file?.id}/verify?run=${drawn?.id}`,
    ];
    for (const view of [...views, "/daemons", "/scripts/999"]) {
      await page.goto(view);
      const overflow = await page.evaluate(() =>
        Math.max(
          document.documentElement.scrollWidth - innerWidth,
          ...Array.from(
            document.querySelectorAll(".card .body"),
            (card) => card.scrollWidth - card.clientWidth,
          ),
        ),
      );
      expect({ view, overflow: Math.max(0, overflow), barriers: await barriers(page) }).toEqual({
        view,
        overflow: 0,
        barriers: [],
      });
    }
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

/** Returns the rules of axe that the page breaks. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

test("changes of another process appear, also after an update that failed, and what a person does on the page stays", async (context) => {
  const { page, server } = await open(context);
  await signIn(page);
  const { id } = await server.store.getScript("clock");
  await page.goto(`/scripts/${id}`);
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByLabel("Interval").fill("20m");
  let updates = 0;
  await page.route(`**/scripts/${id}`, (route) => (updates++ === 0 ? route.abort() : route.continue()));
  await server.runOnce();
  await page.getByRole("cell", { name: "ok" }).first().waitFor();
  const picture = page.getByRole("img", { name: "Latest picture of clock" });
  const width = picture.evaluate(async (image: HTMLImageElement) => {
    await image.decode();
    return image.naturalWidth;
  });
  expect(await width).toBe(128);
  expect(await page.getByLabel("Interval").inputValue()).toBe("20m");
  expect(await page.getByLabel("Interval").evaluate((input) => input === document.activeElement)).toBe(true);
});

test("every form works without JavaScript", async (context) => {
  const { page, server } = await open(context, { javaScriptEnabled: false });
  await signIn(page, "/?name=cl");
  expect(new URL(page.url()).search).toBe("?name=cl");
  await page.getByRole("link", { name: "clock" }).click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("Paused. A run in progress goes on.").waitFor();
  await page.getByLabel("Interval").fill("20m");
  await page.getByRole("button", { name: "Set interval" }).click();
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByText("A run is requested.").waitFor();
  expect(await server.store.getScript("clock")).toMatchObject({
    pausedAt: expect.any(String),
    options: { intervalMs: 1_200_000 },
  });
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
});

test("a cartridge is verified in the browser, and an altered one is not", async (context) => {
  const { page, server, complaints } = await open(context);
  await server.runOnce();
  await signIn(page);
  const [run] = await server.store.listRuns({ script: "clock" });
  await page.goto(`/runs/${run?.id}`);
  await page.getByRole("link", { name: "Verify in the browser" }).click();
  await page.getByText("The program draws exactly these pixels.").waitFor();
  expect(await page.locator("#verdict").textContent()).toBe("verified");
  expect(await page.locator("#program pre").textContent()).toContain("TXT 4 30 12:00");
  expect(complaints).toEqual([]);
  const name = readdirSync(server.cartridges).find((file) => file.startsWith("clock")) ?? "";
  const other = readdirSync(server.cartridges).find((file) => file.startsWith("aaa")) ?? "";
  const bytes = readFileSync(join(server.cartridges, name));
  const taken = readFileSync(join(server.cartridges, other));
  const pixels = (file: Buffer) => file.indexOf("IDAT") - 4;
  const altered = Buffer.concat([bytes.subarray(0, pixels(bytes)), taken.subarray(pixels(taken))]);
  await page.route("**/cartridges/*.png", (route) => route.fulfill({ body: altered }));
  await page.reload();
  await page.locator("#verdict", { hasText: /^checksum-mismatch$/ }).waitFor();
});

test("the keyboard reaches the content first, then everything in order", async (context) => {
  const { page } = await open(context);
  await signIn(page);
  await page.goto("/");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("all");
});
