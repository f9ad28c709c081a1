// Frames are encoded as an animation that other programs read, and each of them is proved.

import {
  decodeAnimation,
  decodeCartridge,
  encodeAnimation,
  type Frame,
  verifyCartridge,
} from "@gvpie/cartridge";
import { describe, expect, test } from "vitest";
import { chunksOf } from "./support/chunks.ts";
import { frameOf } from "./support/frames.ts";

const createdAt = new Date(0);
const options = { program: "FRAMES 3 50\n", language: "2", createdAt, delayMs: 50 };
const clip = [frameOf("#...", "...."), frameOf("#.#.", "...#"), frameOf("#.#.", "...#")];
const animation = { frames: clip.length, delayMs: 50 };
const render = (_: string, { frame = 0 }: { readonly frame?: number | undefined }): Frame => ({
  ...(clip[frame] as Frame),
  animation,
});

describe("encodeAnimation", () => {
  test("writes frame 0 as the picture, and of later frames the box that has changed", async () => {
    const chunks = chunksOf(await encodeAnimation(clip, options));
    expect(chunks.map(({ type }) => type).join(" ")).toBe(
      "IHDR acTL tEXt tEXt tEXt tEXt tEXt fcTL IDAT fcTL fdAT fcTL fdAT IEND",
    );
    const controls = chunks.filter(({ type }) => type === "fcTL").map(({ data }) => Buffer.from(data));
    // Sequence number, width, height, x, y.
    const words = controls.map((data) => [0, 4, 8, 12, 16].map((at) => data.readUInt32BE(at)));
    expect(words).toEqual([
      [0, 4, 2, 0, 0],
      [1, 2, 2, 2, 0],
      [3, 1, 1, 0, 0],
    ]);
    // Delay, disposal and blending.
    for (const data of controls) expect([...data.subarray(20)]).toEqual([0, 50, 1000 >> 8, 1000 & 255, 0, 0]);
  });
  test("is read again", async () => {
    const png = await encodeAnimation(clip, options);
    const { frames, ...about } = decodeAnimation(png);
    expect(about).toEqual({ width: 4, height: 2, frameCount: 3, plays: 0, startsWithPicture: true });
    const decoded = [];
    for await (const frame of frames()) decoded.push(frame);
    expect(decoded).toEqual(clip.map((frame) => ({ ...frame, delayMs: 50 })));
    expect((await decodeCartridge(png)).frame).toEqual(clip[0]);
  });
});

describe("verifyCartridge", () => {
  test("proves every frame", async () => {
    const png = await encodeAnimation(clip, options);
    const found = await verifyCartridge(png, { render });
    expect([found.status, found.explanation]).toEqual([
      "verified",
      "The program draws exactly these 3 frames.",
    ]);
    expect(found.frame).toEqual(clip[0]);
  });
});
