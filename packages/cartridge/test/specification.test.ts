// The test vector in docs/cartridge.md, parsed from the page.

import { encodeAnimation, encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderFrames, renderProgram } from "@gvpie/raster-cpu";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { chunksOf, textsOf } from "./support/chunks.ts";

const page = readFileSync(new URL("../../../docs/cartridge.md", import.meta.url), "utf8");

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``).exec(page) ?? [];
  return text?.trim() ?? "";
}

const animated = new Uint8Array(Buffer.from(block("base64-animation"), "base64"));
const png = new Uint8Array(Buffer.from(block("base64"), "base64"));

test("verifies the vector, whose content matches the page", async () => {
  const { status, frame, metadata } = await verifyCartridge(png, { render: renderProgram });
  expect(status).toBe("verified");
  expect(Buffer.from(frame.data).toString("hex")).toBe(block("hex").replaceAll(/\s/g, ""));
  expect(metadata?.checksum).toBe(block("sha256"));
  expect(createHash("sha256").update(frame.data).digest("hex")).toBe(block("sha256"));
  expect(textsOf(png).get("gvpie")).toBe(block("record"));
});

test("encodeCartridge writes the texts of the vector", async () => {
  const program = "RECT 1 0 2 1\nHALT\n";
  const frame = renderProgram(program, { width: 4, height: 2 });
  const createdAt = new Date("2026-11-24T04:05:06.789Z");
  expect(
    textsOf(await encodeCartridge(frame, { program, language: "1", createdAt, engine: "raster-cpu" })),
  ).toEqual(textsOf(png));
});

test("verifies the vector of an animation, and writes it", async () => {
  const { status, explanation } = await verifyCartridge(animated, { render: renderProgram });
  expect([status, explanation]).toEqual(["verified", "The program draws exactly these 3 frames."]);
  expect(textsOf(animated).get("gvpie")).toBe(block("record-animation"));
  const program = "FRAMES 3 100\nPIX frame 1\n";
  const frames = renderFrames(program, { width: 4, height: 2 });
  const createdAt = new Date("2026-11-24T04:05:06.789Z");
  const written = await encodeAnimation(frames, { program, language: "2", createdAt, engine: "raster-cpu" });
  // Streams of other versions of zlib may differ.
  const parts = (file: Uint8Array) =>
    chunksOf(file).map(({ type, data }) => {
      if (type !== "IDAT" && type !== "fdAT") return [type, data];
      const start = type === "IDAT" ? 0 : 4;
      return [type, data.subarray(0, start), inflateSync(data.subarray(start))];
    });
  expect(parts(written)).toEqual(parts(animated));
});
