// A real browser for tests: headless Chromium with WebGPU on SwiftShader, and a page served from 127.0.0.1, because
// WebGPU and crypto.subtle exist in secure contexts only.

import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import type { TestContext } from "vitest";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A name that is not local, to load a page as an insecure context.
  "--host-resolver-rules=MAP insecure.test 127.0.0.1",
];

export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Messages of errors that nothing on the page caught, in order. */
  readonly errors: readonly string[];
}

/** The executable named by CHROMIUM, else the first one on the PATH; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM"];
  if (named !== undefined && named !== "") {
    return existsSync(named) ? named : undefined;
  }
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"];
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

const announced = new Set<string>();

/** Skips the running test and says why, once a reason; under CI=true it fails instead. */
export function skipVisibly(context: TestContext, reason: string): never {
  if (process.env["CI"] === "true") {
    throw new Error(reason);
  }
  if (!announced.has(reason)) {
    announced.add(reason);
    console.warn(`skipped: ${reason}`);
  }
  return context.skip(reason);
}

/** The browser's executable; the running test is skipped where there is none. */
export function requireChromium(context: TestContext): string {
  return (
    findChromium() ??
    skipVisibly(
      context,
      "no Chromium: install it (Debian: apt-get install chromium) or point CHROMIUM at one",
    )
  );
}

/** One ES module for browsers, of `entry` and all that it imports, our packages from their sources. */
export async function bundleForBrowser(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@gvpie/source", "module"],
    logLevel: "silent",
  });
  return outputFiles.map((file) => file.text).join("");
}

/** Serves an empty page that runs `script` as a module; resolves to its address and the way to end it. */
async function servePage(script: string): Promise<{ url: string; close: () => void }> {
  const files = new Map([
    [
      "/",
      {
        type: "text/html",
        body: '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
      },
    ],
    ["/page.js", { type: "text/javascript", body: script }],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.type ?? "text/plain" });
    response.end(file?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

/**
 * Start a browser and open a page that has run `entry`, a module bundled for it. The module hands what tests call to
 * `globalThis`. Ends with the returned object's `Symbol.asyncDispose`.
 */
export async function openTestPage(executablePath: string, entry: string): Promise<TestPage> {
  const server = await servePage(await bundleForBrowser(entry));
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
  };
  try {
    browser = await chromium.launch({ executablePath, args: FLAGS, headless: true });
    const page = await (await browser.newContext()).newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(server.url, { waitUntil: "load" });
    return { page, errors, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
