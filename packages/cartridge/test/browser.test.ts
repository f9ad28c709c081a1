// The package, bundled for browsers, in headless Chromium.

import {
  canonicalizeCartridge,
  decodeCartridge,
  decodePng,
  encodeAnimation,
  encodeCartridge,
  type EncodeOptions,
  type Frame,
  readCartridgeMetadata,
  verifyCartridge,
} from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { bundleForBrowser, openTestPage, requireChromium, type TestPage } from "@gvpie/testing/browser";
import { chunk, idat, IEND, ihdr, pngOf } from "./support/chunks.ts";
import { frameOf, noise } from "./support/frames.ts";
import type { Page } from "./support/page.ts";
import { caseName, encodeCase, pngCases } from "./support/png-encoder.ts";

declare const cartridge: Page;

const PROGRAM = "TXT 10 10 Hello GPU\nRECT 0 0 40 3\nHALT\n";
const createdAt = new Date("2026-11-24T04:05:06.789Z");

describe("in a browser", () => {
  let opened: TestPage | undefined;
  let page: TestPage["page"];

  beforeEach(async (context) => {
    opened ??= await openTestPage(
      requireChromium(context),
      fileURLToPath(new URL("./support/page.ts", import.meta.url)),
    );
    page = opened.page;
  });
  afterAll(() => opened?.[Symbol.asyncDispose]());

  test.each(["auto", "rgba"] as const)("verifies a cartridge written by Node: %s", async (colorType) => {
    const png = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1", colorType });
    const { status, checksum } = await page.evaluate((png) => cartridge.verify(png), png);
    expect(status).toBe("verified");
    expect(checksum).toBe((await decodeCartridge(png)).metadata.checksum);
    expect(opened?.errors).toEqual([]);
  });

  test("reports another program as not-reproducible", async () => {
    const png = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT", language: "1" });
    expect((await page.evaluate((png) => cartridge.verify(png), png)).status).toBe("not-reproducible");
  });

  test.each<[string, EncodeOptions]>([
    ["1-bit", {}],
    ["palette", { background: "#ff8000ff" }],
    ["RGBA", { colorType: "rgba", background: "#10203040" }],
    ["a long program", { engine: "e".repeat(60_000) }],
  ])("writes a cartridge that Node verifies: %s", async (_, options) => {
    const png = await page.evaluate(
      ([program, options, time]) => cartridge.encode(program, { ...options, createdAt: new Date(time) }),
      [PROGRAM, options, createdAt.getTime()] as const,
    );
    const verification = await verifyCartridge(png, { render: renderProgram });
    expect(verification.status).toBe("verified");
    expect(verification.metadata?.createdAt).toEqual(createdAt);
    expect(verification.frame).toEqual(renderProgram(PROGRAM, { background: options.background }));
  });

  test.each<[string, Frame[]]>([
    ["small", [noise(5, 1), noise(5, 2), noise(5, 2)]],
    ["large", [noise(300, 1), noise(300, 2)]],
    ["black and white", [frameOf("#.#", "..."), frameOf("#.#", "..#"), frameOf("###", "###")]],
  ])("writes and proves an animation as Node does: %s", async (_, frames) => {
    const [{ width, height }] = frames as [Frame];
    const options = { program: PROGRAM, language: "2", delayMs: 33, createdAt: new Date(0) };
    const bytes = frames.map(({ data }) => new Uint8Array(data));
    const { createdAt: time, ...plain } = options;
    const { png, explanation } = await page.evaluate(
      ([size, bytes, options, time]) =>
        cartridge.animate(size, bytes, { ...options, createdAt: new Date(time) }),
      [{ width, height }, bytes, plain, time.getTime()] as const,
    );
    expect(explanation).toBe(`The program draws exactly these ${frames.length} frames.`);
    // Streams differ in their compression.
    const here = await encodeAnimation(frames, options);
    expect(readCartridgeMetadata(png)).toEqual(readCartridgeMetadata(here));
    expect(await canonicalizeCartridge(png)).toEqual(here);
  });

  test("reads metadata synchronously, compressed or not", async () => {
    for (const program of [PROGRAM, `${PROGRAM}${"# long\n".repeat(10_000)}`]) {
      const png = await encodeCartridge(renderProgram(PROGRAM), { program, language: "1", createdAt });
      const metadata = await page.evaluate((png) => cartridge.metadata(png), png);
      expect(metadata).toMatchObject({ createdAt, gvpie: { program } });
    }
  });

  test("decodes every kind of PNG as Node does", async () => {
    for (const c of pngCases.filter(({ width }) => width === 21)) {
      const { png, frame } = encodeCase(c);
      const decoded = await page.evaluate((png) => cartridge.decode(png), png);
      expect([caseName(c), decoded]).toEqual([caseName(c), new Uint8Array(frame.data)]);
    }
  });

  // Small pictures are inflated by pako, large pictures by a stream.
  describe.each([
    ["small", 2],
    ["large", 512],
  ])("a %s picture", (_, side) => {
    const rows = new Uint8Array(side * (1 + Math.ceil(side / 8)));
    const pixels = idat(rows).data;

    test("decodes as Node does", async () => {
      const png = pngOf([ihdr(side, side, 1, 0), chunk("IDAT", pixels), IEND]);
      const decoded = await page.evaluate((png) => cartridge.decode(png), png);
      expect(decoded).toEqual(new Uint8Array((await decodePng(png)).data));
    });

    test.each([
      ["no pixel data", chunk("IDAT")],
      [
        "data that is not a zlib stream",
        chunk(
          "IDAT",
          Array.from({ length: 100 }, (_, i) => i),
        ),
      ],
      ["pixel data cut short", chunk("IDAT", pixels.subarray(0, -3))],
      ["pixel data with a wrong Adler-32", chunk("IDAT", pixels.with(pixels.length - 1, 99))],
      ["bytes after the pixel data", chunk("IDAT", [...pixels, 0])],
      ["one row missing", idat(rows.subarray(0, -rows.length / side))],
      ["one row too many", idat([...rows, ...rows.subarray(0, rows.length / side)])],
      ["64 MiB", idat(new Uint8Array(2 ** 26))],
    ])("rejects %s: CARTRIDGE_BAD_PIXELS", async (_, data) => {
      const png = pngOf([ihdr(side, side, 1, 0), data, IEND]);
      expect(await page.evaluate((png) => cartridge.decode(png), png)).toBe("CARTRIDGE_BAD_PIXELS");
      expect(opened?.errors).toEqual([]);
    });
  });

  test.each(["shared", "resizable"] as const)("encodes and decodes in %s memory", async (memory) => {
    const bytes = [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 9, 9, 9, 255];
    const decoded = await page.evaluate(([memory, bytes]) => cartridge.roundTrip(memory, bytes), [
      memory,
      bytes,
    ] as const);
    expect(Array.from(decoded)).toEqual(bytes);
    expect(opened?.errors).toEqual([]);
  });

  describe("verifies in a worker", () => {
    const source = (name: string) =>
      bundleForBrowser(fileURLToPath(new URL(`./support/${name}.ts`, import.meta.url)));
    const verify = async (thread: string, files: Parameters<Page["verifyInWorker"]>[1]) =>
      page.evaluate(([source, files]) => cartridge.verifyInWorker(source, files), [
        await source(thread),
        files,
      ] as const);

    test("which draws, one file after another", async () => {
      const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
      const other = await encodeCartridge(renderProgram(PROGRAM), { program: "HALT", language: "1" });
      const broken = good.subarray(0, -20);
      expect(await verify("browser-thread", [{ png: good }, { png: other }, { png: broken }])).toEqual({
        outcomes: ["verified 32768 32768", "not-reproducible 32768 32768", "CARTRIDGE_TRUNCATED"],
        workers: 1,
      });
    });

    test("which asks the page to draw", async () => {
      const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
      expect(
        await verify("asking-thread", [
          { png: good, draws: true },
          { png: good, draws: true },
        ]),
      ).toEqual({
        outcomes: ["verified 32768 32768", "verified 32768 32768"],
        workers: 1,
      });
    });

    test("which its signal ends, even while it draws; another goes on", async () => {
      const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
      const endless = await encodeCartridge(renderProgram(PROGRAM), { program: "#forever", language: "1" });
      expect(await verify("browser-thread", [{ png: endless, abortMs: 300 }, { png: good }])).toEqual({
        outcomes: ["TimeoutError", "verified 32768 32768"],
        workers: 2,
      });
    });

    test("which fails: CARTRIDGE_RENDER_FAILED", async () => {
      const good = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
      const failing = await encodeCartridge(renderProgram(PROGRAM), { program: "#throw", language: "1" });
      expect(await verify("browser-thread", [{ png: failing }, { png: good }])).toEqual({
        outcomes: ["CARTRIDGE_RENDER_FAILED", "verified 32768 32768"],
        workers: 2,
      });
    });
  });

  test("rejects checksums in an insecure context: CARTRIDGE_PLATFORM", async () => {
    const insecure = await page.context().newPage();
    await insecure.goto(page.url().replace("127.0.0.1", "insecure.test"), { waitUntil: "load" });
    const png = await encodeCartridge(renderProgram(PROGRAM), { program: PROGRAM, language: "1" });
    const outcome = await insecure.evaluate(
      (png) => cartridge.verify(png).catch((error: unknown) => (error as { code: string }).code),
      png,
    );
    expect(outcome).toBe("CARTRIDGE_PLATFORM");
    await insecure.close();
  });
});
