// Headless Chromium with WebGPU on SwiftShader. Pages are served from 127.0.0.1, because WebGPU and crypto.subtle exist
// only in secure contexts.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";

export type { Browser, BrowserContext, Page } from "playwright-core";
import type { TestContext } from "vitest";
import { skipVisibly } from "./skip.ts";

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
  // A host name that is not local: a page loaded from it is an insecure context.
  "--host-resolver-rules=MAP insecure.test 127.0.0.1",
];

/** A page in a browser of its own; disposing of it closes both. */
export interface TestPage extends AsyncDisposable {
  readonly page: Page;
  /** Messages of the page's uncaught errors, in order. */
  readonly errors: readonly string[];
}

/** Returns the executable named by `CHROMIUM`, else the first one on the `PATH`; undefined if there is none. */
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

/** Returns the browser's executable. Skips the running test if there is none; with `CI=true` it throws. */
export function requireChromium(context: TestContext): string {
  return (
    findChromium() ??
    skipVisibly(
      context,
      "no Chromium: install it (Debian: apt-get install chromium) or point CHROMIUM at one",
    )
  );
}

/**
 * Bundles `entry` with everything it imports into one ES module for browsers, our packages from their sources. Packages in `external`
 * remain imports.
 */
export async function bundleForBrowser(entry: string, external: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2024",
    conditions: ["@gvpie/source", "module"],
    external: [...external],
    logLevel: "silent",
  });
  return outputFiles.map((file) => file.text).join("");
}

/** Settings of a test page. */
interface TestPageOptions {
  /** True for a page that is isolated from other origins, and so may use SharedArrayBuffer. Default false. */
  readonly isIsolated?: boolean;
}

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

interface ServedFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Returns the file of a path, such as `/page.js`; undefined if there is none. */
type Files = (path: string) => ServedFile | undefined;

/** Returns an empty page that runs `script` as a module. */
function pageOf(script: string): Files {
  const files = new Map<string, ServedFile>([
    [
      "/",
      {
        type: "text/html",
        body: '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>',
      },
    ],
    ["/page.js", { type: "text/javascript", body: script }],
  ]);
  return (path) => files.get(path);
}

async function serve(
  files: Files,
  { isIsolated = false }: TestPageOptions,
): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    const file = files(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, {
      "content-type": file?.type ?? "text/plain",
      ...(isIsolated && ISOLATION),
    });
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
 * Starts a browser and opens a page that has run the module `entry`, bundled for it. The module assigns the functions
 * that tests call to `globalThis`.
 */
export async function openTestPage(
  executablePath: string,
  entry: string,
  options: TestPageOptions = {},
): Promise<TestPage> {
  return openPage(executablePath, pageOf(await bundleForBrowser(entry)), "", options);
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
};

/** Starts a browser and opens a page of a folder, which is served as it is, except for the modules in `replaced`. */
export async function openFolderPage(
  executablePath: string,
  folder: string,
  path: string,
  replaced: ReadonlyMap<string, string>,
): Promise<TestPage> {
  const files: Files = (requested) => {
    const module = replaced.get(requested);
    if (module !== undefined) return { type: "text/javascript", body: module };
    const file = join(folder, requested);
    const type = TYPES[extname(file)];
    return type === undefined || !existsSync(file) ? undefined : { type, body: readFileSync(file) };
  };
  return openPage(executablePath, files, path, {});
}

async function openPage(
  executablePath: string,
  files: Files,
  path: string,
  options: TestPageOptions,
): Promise<TestPage> {
  const server = await serve(files, options);
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
    await page.goto(`${server.url}${path}`, { waitUntil: "load" });
    return { page, errors, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts a browser without a page; disposing of it closes it. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
