// The test vector in docs/cartridge.md, parsed from the page.

import { encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { textsOf } from "./support/chunks.ts";

const page = readFileSync(new URL("../../../docs/cartridge.md", import.meta.url), "utf8");

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\n([^\`]*)\`\`\``).exec(page) ?? [];
  return text?.trim() ?? "";
}

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
