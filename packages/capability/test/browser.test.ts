// The example page in headless Chromium: it narrows a capability, which Node then verifies.
import { fileURLToPath } from "node:url";
import {
  createKey,
  issueCapability,
  narrowCapability,
  publicKeyOf,
  thumbprintOf,
  verifyCapability,
} from "@gvpie/capability";
import { bundleForBrowser, openFolderPage, requireChromium, type TestPage } from "@gvpie/testing/browser";
import { expect, test, type TestContext } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const PAGE = "examples/narrow-page/index.html";

const rootKey = await createKey();
const [agent, script, other] = [await createKey(), await createKey(), await createKey()];
const server = await thumbprintOf(await createKey());
const roots = [publicKeyOf(rootKey)];
const issued = await issueCapability({
  rootKey,
  to: publicKeyOf(agent),
  limits: {
    audience: [server],
    pixels: 8192,
    operations: ["render_program", "ping"],
    backends: ["cpu", "webgpu"],
    requestsPerSecond: 25,
    purpose: "build agent",
  },
});

/** Opens the page. The package is bundled from its sources; jose and the page are served as they are published. */
async function openExample(context: TestContext): Promise<TestPage> {
  const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const replaced = new Map([["/dist/index.js", await bundleForBrowser(entry, ["jose"])]]);
  return openFolderPage(requireChromium(context), PACKAGE, PAGE, replaced);
}

const keyFile = (key: object) => ({
  name: "agent.jwk",
  mimeType: "application/json",
  buffer: Buffer.from(`${JSON.stringify(key)}\n`),
});

test("in a browser: a page narrows a capability, which Node verifies", async (context) => {
  await using opened = await openExample(context);
  const { page, errors } = opened;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));

  await page.getByLabel("Text of the capability").fill(`${issued}\n`);
  expect(await page.locator("#facts").textContent()).toMatch(/^1 of 8 blocks.*narrowed 7 more times\.$/);
  expect(await page.locator("#limits tr").allTextContents()).toContain("pixels8,192 pixelsblock 1");
  await page.getByLabel("Your private key").setInputFiles(keyFile(agent));
  await page.getByLabel("Public key of the next holder").fill(JSON.stringify(publicKeyOf(script)));
  await page.getByLabel("pixels", { exact: true }).fill("1000000");
  await page.getByLabel("requests per second").fill("2.5");
  await page.getByLabel("frames").fill("3");
  await page.getByLabel("params").fill("temperature, city");
  await page.getByLabel("expires").fill("2100-01-01T00:00");
  await page.getByLabel("webgpu").uncheck();
  await page.getByLabel("purpose").fill("thermometer");
  await page.getByLabel("Seal").check();
  await page.getByRole("button", { name: "Narrow" }).click();
  const text = await page.getByLabel("Text of the narrower capability").inputValue();

  const { blocks, limits, key } = await verifyCapability(text, { roots, audience: server });
  expect(text.startsWith(`${issued}~`)).toBe(true);
  expect(key).toEqual(publicKeyOf(script));
  expect(blocks[1]).toMatchObject({
    sealed: true,
    limits: {
      pixels: 1_000_000,
      requestsPerSecond: 2.5,
      frames: 3,
      params: ["temperature", "city"],
      expires: Date.UTC(2100, 0) / 1000,
      backends: ["cpu"],
      purpose: "thermometer",
    },
  });
  expect(limits).toMatchObject({ pixels: 8192, backends: ["cpu"], audience: [server] });
  const rows = await page.locator("#comparison tr").allTextContents();
  expect(rows).toContain("backendscpu, webgpucpu");
  expect(rows).toContain("pixels8,192 pixels8,192 pixels (your limit is narrower)");
  expect(requests).toEqual([]);
  expect(errors).toEqual([]);
});

test("in a browser: the page explains what it refuses", async (context) => {
  await using opened = await openExample(context);
  const { page, errors } = opened;
  await page.getByLabel("Text of the capability").fill(issued.slice(0, -9));
  expect(await page.locator("#text-error").textContent()).toMatch(/^CAP_MALFORMED: expected .*\(block 1\)/);
  await page.getByLabel("Text of the capability").fill(issued);
  await page.getByLabel("Your private key").setInputFiles(keyFile(other));
  await page.getByText("is not the key of its holder").waitFor();
  await page.getByLabel("Public key of the next holder").fill(JSON.stringify(script));
  await page.getByText("expected a public key, got a private one").waitFor();
  expect(await page.getByRole("button", { name: "Narrow" }).isDisabled()).toBe(true);
  await page.getByLabel("Public key of the next holder").fill(JSON.stringify(publicKeyOf(script)));
  await page.getByRole("button", { name: "Narrow" }).click();
  await page.getByText("CAP_WRONG_KEY: expected the private key of").waitFor();
  await page.getByLabel("Your private key").setInputFiles(keyFile(agent));
  await page.getByLabel("params").fill("not a name");
  await page.getByRole("button", { name: "Narrow" }).click();
  await page.getByText("(limit params of block 2)").waitFor();
  const sealed = await narrowCapability(issued, {
    key: agent,
    to: publicKeyOf(agent),
    limits: {},
    sealed: true,
  });
  await page.getByLabel("Text of the capability").fill(sealed);
  await page.getByText("sealed or full").waitFor();
  expect(errors).toEqual([]);
});
