// Cartridges of version 2 of the language. Readers from before it give `needs-newer-language` for both files.

import { encodeAnimation, encodeCartridge, readCartridgeMetadata, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test.each([
  ["language-2.png", "The program draws exactly these pixels."],
  ["animation.png", "The program draws exactly these 8 frames."],
])("%s is verified", async (name, explanation) => {
  const png = readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  expect(readCartridgeMetadata(png).gvpie?.language).toBe("2");
  const found = await verifyCartridge(png, { render: renderProgram });
  expect([found.status, found.explanation]).toEqual(["verified", explanation]);
});

test("an animation whose program has no FRAMES is not reproducible", async () => {
  const program = "DISC 4 4 3\n";
  const frame = renderProgram(program, { width: 9, height: 9 });
  const png = await encodeAnimation([frame, frame], { program, language: "1", delayMs: 40 });
  const { status, explanation } = await verifyCartridge(png, { render: renderProgram });
  expect([status, explanation]).toEqual([
    "not-reproducible",
    "The record states an animation of 2 frames of 40 ms, but the program has no FRAMES: it draws one still picture.",
  ]);
});

test("a picture of frame 0 of an animated program is verified, with a remark", async () => {
  const program = "FRAMES 4 40\nDISC {4 + frame} 4 3\n";
  const frame = renderProgram(program, { width: 9, height: 9 });
  const png = await encodeCartridge(frame, { program, language: "2" });
  const { status, remarks } = await verifyCartridge(png, { render: renderProgram });
  expect([status, remarks.map(({ reason }) => reason)]).toEqual([
    "verified",
    ["the picture is frame 0 of the program's 4, and the file has no others"],
  ]);
});
