// Frames are encoded as an animation of changed boxes, in the smallest form that is exact for all of them.

import {
  type AnimationFrame,
  decodeAnimation,
  decodeCartridge,
  encodeAnimation,
  type EncodeAnimationOptions,
  encodePng,
  type Frame,
  readCartridgeMetadata,
} from "@gvpie/cartridge";
import { SeededRandom } from "@gvpie/testing/random";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { chunksOf, type RawChunk } from "./support/chunks.ts";
import { frameOf, frameWithColors, paintFrame } from "./support/frames.ts";

const createdAt = new Date(0);
const options = { program: "FRAMES 3 50\n", language: "2", createdAt, delayMs: 50 };
const clip = [frameOf("#...", "...."), frameOf("#.#.", "...#"), frameOf("#.#.", "...#")];

async function framesOf(png: Uint8Array): Promise<AnimationFrame[]> {
  const frames: AnimationFrame[] = [];
  for await (const frame of decodeAnimation(png).frames()) frames.push(frame);
  return frames;
}

const sha256 = (data: Uint8Array | Uint8ClampedArray) => createHash("sha256").update(data).digest();

function controlsOf(png: Uint8Array): Buffer[] {
  return chunksOf(png).flatMap(({ type, data }) => (type === "fcTL" ? [Buffer.from(data)] : []));
}

/** Returns width, height, x and y of each frame's box. */
function boxesOf(png: Uint8Array): number[][] {
  return controlsOf(png).map((data) => [4, 8, 12, 16].map((at) => data.readUInt32BE(at)));
}

describe("the file", () => {
  test("has frame 0 as its picture, then the box of each frame that has changed", async () => {
    const png = await encodeAnimation(clip, options);
    const chunks = chunksOf(png);
    expect(chunks.map(({ type }) => type).join(" ")).toBe(
      "IHDR acTL tEXt tEXt tEXt tEXt tEXt fcTL IDAT fcTL fdAT fcTL fdAT IEND",
    );
    expect((chunks[1] as RawChunk).data).toEqual(Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 0));
    expect(boxesOf(png)).toEqual([
      [4, 2, 0, 0],
      [2, 2, 2, 0],
      // Nothing has changed.
      [1, 1, 0, 0],
    ]);
    const sequence = chunks.filter(({ type }) => type === "fcTL" || type === "fdAT");
    expect(sequence.map(({ data }) => Buffer.from(data).readUInt32BE(0))).toEqual([0, 1, 2, 3, 4]);
    // Delay, disposal and blending.
    for (const data of controlsOf(png)) {
      expect([data.readUInt16BE(20), data.readUInt16BE(22), data[24], data[25]]).toEqual([50, 1000, 0, 0]);
    }
  });

  test("is read again, as an animation and as a picture", async () => {
    const png = await encodeAnimation(clip, options);
    const { frames: _, ...about } = decodeAnimation(png);
    expect(about).toEqual({ width: 4, height: 2, frameCount: 3, plays: 0, startsWithPicture: true });
    const expected = clip.map((frame) => ({ ...frame, delayMs: 50 }));
    expect(await framesOf(png)).toEqual(expected);
    expect((await decodeCartridge(png)).frame).toEqual(clip[0]);
  });

  test("records the frames: checksum covers frame 0, sha256 the SHA-256 of each", async () => {
    const metadata = readCartridgeMetadata(await encodeAnimation(clip, options));
    const digests = clip.map(({ data }) => sha256(data));
    expect(metadata.checksum).toBe(digests[0]?.toString("hex"));
    expect(metadata.gvpie).toMatchObject({
      program: options.program,
      language: "2",
      animation: { frames: 3, delayMs: 50, sha256: sha256(Buffer.concat(digests)).toString("hex") },
    });
  });

  test("of one frame has the picture that encodePng writes", async () => {
    for (const frame of [
      frameOf("#.", ".."),
      frameOf("rg", "bb"),
      frameWithColors(300),
      frameWithColors(9, 4),
    ]) {
      const pixels = (png: Uint8Array) =>
        chunksOf(png).filter(({ type }) => /^(?:IHDR|PLTE|tRNS|IDAT)$/.test(type));
      expect(pixels(await encodeAnimation([frame], { delayMs: 1 }))).toEqual(pixels(await encodePng(frame)));
    }
  });
});

describe("the form is chosen over all frames", () => {
  const noise = (seed: number, alpha: number) =>
    paintFrame(24, 24, (x, y) => [(x * 11 + seed) & 255, y * 10, (x * y) & 255, alpha]);
  const white = paintFrame(24, 24, () => [255, 255, 255, 255]);
  const black = paintFrame(24, 24, () => [0, 0, 0, 255]);
  const dot = (color: readonly [number, number, number, number]) =>
    paintFrame(24, 24, (x, y) => (x === 3 && y === 4 ? color : [0, 0, 0, 255]));
  const many = (count: number) => Array.from({ length: count }, (_, i) => dot([i, 1, 1, 255]));

  // Depth and colour type, as in IHDR.
  test.each<[string, readonly Frame[], EncodeAnimationOptions, readonly [number, number]]>([
    ["black and white", [black, white], {}, [1, 0]],
    ["two colours, the second in the last frame", [black, black, dot([1, 2, 3, 255])], {}, [1, 3]],
    ["three colours", [black, white, dot([1, 2, 3, 255])], {}, [2, 3]],
    ["256 colours, one more in each frame", [black, ...many(255)], {}, [8, 3]],
    ["257 colours", [black, ...many(256)], {}, [8, 2]],
    ["257 colours, one translucent", [black, ...many(255), dot([1, 1, 1, 9])], {}, [8, 6]],
    ["more than 256 colours in the last frame alone", [black, noise(0, 255)], {}, [8, 2]],
    ["then translucent", [noise(0, 255), noise(7, 255), dot([9, 9, 9, 254])], {}, [8, 6]],
    ["RGBA, forced", [black, white], { colorType: "rgba" }, [8, 6]],
  ])("%s", async (_, frames, more, form) => {
    const png = await encodeAnimation(frames, { delayMs: 10, ...more });
    expect([...(chunksOf(png)[0] as RawChunk).data.subarray(8, 10)]).toEqual(form);
    expect(await framesOf(png)).toEqual(frames.map((frame) => ({ ...frame, delayMs: 10 })));
  });
});

describe("the box of a frame", () => {
  /** Returns the frame with a changed pixel at each place. */
  const withPixels = (...places: readonly (readonly [number, number])[]) =>
    paintFrame(9, 7, (x, y) =>
      places.some(([px, py]) => px === x && py === y) ? [255, 0, 0, 255] : [0, 0, 0, 255],
    );
  const empty = withPixels();

  test.each<[string, readonly (readonly [number, number])[], readonly number[]]>([
    ["a corner", [[0, 0]], [1, 1, 0, 0]],
    ["the last pixel", [[8, 6]], [1, 1, 8, 6]],
    [
      "a row",
      [
        [2, 3],
        [6, 3],
      ],
      [5, 1, 2, 3],
    ],
    [
      "a column",
      [
        [4, 1],
        [4, 5],
      ],
      [1, 5, 4, 1],
    ],
    [
      "a falling diagonal",
      [
        [1, 1],
        [5, 4],
      ],
      [5, 4, 1, 1],
    ],
    [
      "a rising diagonal",
      [
        [1, 4],
        [5, 1],
      ],
      [5, 4, 1, 1],
    ],
    [
      "all",
      [
        [0, 0],
        [8, 6],
      ],
      [9, 7, 0, 0],
    ],
  ])("%s", async (_, places, box) => {
    const png = await encodeAnimation([empty, withPixels(...places), empty], { delayMs: 1 });
    expect(boxesOf(png)).toEqual([[9, 7, 0, 0], box, box]);
  });

  test("is the smallest, by brute force, and the frames are exact", async () => {
    const random = new SeededRandom(7);
    for (let run = 0; run < 150; run++) {
      const [width, height] = [1 + random.below(20), 1 + random.below(9)];
      const colors = random.pick([2, 3, 40, 700]);
      const color = () => (0xff000000 | Math.imul(random.below(colors), 0x50301)) >>> 0;
      const words = new Uint32Array(width * height).map(color);
      const frames = Array.from({ length: 2 + random.below(5) }, () => {
        for (let i = random.below(4); i > 0; i--) words[random.below(words.length)] = color();
        return { width, height, data: new Uint8ClampedArray(words.slice().buffer) };
      });
      const png = await encodeAnimation(frames, { delayMs: 7 });
      expect(await framesOf(png)).toEqual(frames.map((frame) => ({ ...frame, delayMs: 7 })));
      const expected = frames.map((frame, i) => {
        const before = frames[i - 1];
        if (before === undefined) return [width, height, 0, 0];
        const places = Array.from({ length: width * height }, (_, at) => at).filter((at) =>
          [0, 1, 2, 3].some((channel) => frame.data[at * 4 + channel] !== before.data[at * 4 + channel]),
        );
        if (places.length === 0) return [1, 1, 0, 0];
        const [xs, ys] = [places.map((at) => at % width), places.map((at) => Math.floor(at / width))];
        const [x, y] = [Math.min(...xs), Math.min(...ys)];
        return [Math.max(...xs) - x + 1, Math.max(...ys) - y + 1, x, y];
      });
      expect(boxesOf(png)).toEqual(expected);
    }
  });
});

describe("frames", () => {
  test("may be drawn into the same memory, one after another", async () => {
    const shared = frameOf("....", "....");
    async function* draw() {
      for (const frame of clip) {
        shared.data.set(frame.data);
        yield shared;
        await Promise.resolve();
      }
    }
    expect(await encodeAnimation(draw(), options)).toEqual(await encodeAnimation(clip, options));
  });

  test("state the delay if the caller does not", async () => {
    const { delayMs, ...rest } = options;
    const stated = clip.map((frame) => ({ ...frame, animation: { frames: 3, delayMs } }));
    expect(await encodeAnimation(stated, rest)).toEqual(await encodeAnimation(clip, options));
  });

  test("are no longer taken after one is refused", async () => {
    let taken = 0;
    let isClosed = false;
    function* draw() {
      try {
        for (const frame of [frameOf(".."), frameOf("..."), frameOf("..")]) {
          taken++;
          yield frame;
        }
      } finally {
        isClosed = true;
      }
    }
    await expect(encodeAnimation(draw(), options)).rejects.toThrow(RangeError);
    expect([taken, isClosed]).toEqual([2, true]);
  });

  const one = frameOf("#");
  const endless = function* () {
    for (;;) yield one;
  };
  const large = { width: 8192, height: 4097, data: new Uint8ClampedArray(8192 * 4097 * 4) };
  test.each<[string, unknown, EncodeAnimationOptions, string]>([
    ["none", [], { delayMs: 5 }, "RangeError: expected at least one frame, got none"],
    ["a frame", one, { delayMs: 5 }, "TypeError: expected frames as an iterable of frames, got an object"],
    [
      "a generator",
      endless,
      { delayMs: 5 },
      "TypeError: expected frames as an iterable of frames, got a function: call it",
    ],
    ["no delay", [one], {}, "TypeError: expected delayMs, the milliseconds of a frame, got none"],
    [
      "a delay of 0",
      [one],
      { delayMs: 0 },
      "RangeError: expected delayMs as an integer from 1 to 65535, got 0",
    ],
    [
      "half a millisecond",
      [one],
      { delayMs: 16.5 },
      "RangeError: expected delayMs as an integer from 1 to 65535, got 16.5",
    ],
    [
      "a delay of over 65 s",
      [one],
      { delayMs: 65_536 },
      "RangeError: expected delayMs as an integer from 1 to 65535, got 65536",
    ],
    [
      "an unknown option",
      [one],
      { delay: 5 } as EncodeAnimationOptions,
      'TypeError: expected options named colorType, program, language, background, params, createdAt, engine, limits, delayMs, got "delay"',
    ],
    ["no language", [one], { delayMs: 5, program: "HALT" }, "TypeError: expected language with program"],
    [
      "another size",
      [one, frameOf("##")],
      { delayMs: 5 },
      "RangeError: frame 1: expected 1×1 pixels, as of frame 0, got 2×1",
    ],
    ["endless", endless(), { delayMs: 5 }, "RangeError: expected at most 65535 frames, got more"],
    [
      "too many pixels together",
      [large, large],
      { delayMs: 5 },
      "RangeError: expected frames of at most 67108864 pixels together, got more than 1 of 8192×4097",
    ],
    [
      "an animation of another form",
      [{ ...one, animation: { frames: 0, delayMs: 5 } }],
      { delayMs: 5 },
      "TypeError: expected the frame's animation with frames and delayMs from 1 to 65535, got 0 and 5",
    ],
  ])("refused: %s", async (_, frames, given, message) => {
    const error: unknown = await encodeAnimation(frames as Frame[], given).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(message);
  });
});
